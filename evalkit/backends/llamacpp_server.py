"""The child process that holds the embedded llama.cpp server: `python -m evalkit.backends.llamacpp_server`.

One JSON line of settings comes in on standard input, the key among them, so that no process list shows it.
One JSON line goes out on standard output: the address and the versions, or what went wrong. Then standard
input stays open as a life line: its end means that the parent is gone, and the child ends too.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Reads the settings, brings the server up, reports, and lives as long as its parent."""
    report = _own_standard_output()
    _die_with_parent()
    settings = json.loads(sys.stdin.readline())
    try:
        import xllamacpp
    except ImportError as error:
        _say(report, {"error": "import", "message": str(error)})
        return
    try:
        server = xllamacpp.Server(_parameters(xllamacpp, settings))
    except Exception as error:  # noqa: BLE001 - whatever the native library raises goes to the parent
        _say(report, {"error": "start", "message": str(error)})
        return
    found = {"url": server.listening_address, "xllamacpp": xllamacpp.__version__, "pid": os.getpid()}
    _say(report, found)
    while sys.stdin.read(1):
        pass
    # Destroying the server with a request in flight hangs: end without it.
    os._exit(0)


def _own_standard_output() -> int:
    """A private copy of standard output; what libraries print there goes to standard error instead."""
    report = os.dup(1)
    os.dup2(2, 1)
    return report


def _die_with_parent() -> None:
    """Asks Linux for SIGKILL when the parent dies; elsewhere the end of standard input must do."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _say(report: int, plain: dict[str, Any]) -> None:
    os.write(report, json.dumps(plain).encode() + b"\n")
    os.close(report)


def _parameters(xllamacpp: Any, settings: dict[str, Any]) -> Any:
    parameters = xllamacpp.CommonParams()
    parameters.model.path = settings["path"]
    parameters.model_alias = {settings["alias"]}
    parameters.api_keys = [settings["key"]]
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    # A key guards it; this keeps pages in a browser from even asking.
    parameters.cors_origins = ""
    parameters.ui = False
    parameters.offline = True
    parameters.endpoint_metrics = True
    parameters.endpoint_slots = False
    parameters.verbosity = 3 if settings["verbose"] else 2
    parameters.use_jinja = True
    parameters.chat_template = settings["chat_template"]
    parameters.n_parallel = settings["slots"]
    parameters.n_ctx = settings["slots"] * settings["context"]
    parameters.fit_params = False
    parameters.cpuparams.n_threads = settings["threads"]
    parameters.cpuparams_batch.n_threads = settings["threads"]
    parameters.cache_prompt = settings["cache"]
    if not settings["cache"]:
        parameters.cache_ram_mib = 0
        parameters.slot_prompt_similarity = 0.0
    parameters.n_gpu_layers = settings["gpu_layers"]
    flash = xllamacpp.llama_flash_attn_type
    parameters.flash_attn_type = {
        None: flash.LLAMA_FLASH_ATTN_TYPE_AUTO,
        True: flash.LLAMA_FLASH_ATTN_TYPE_ENABLED,
        False: flash.LLAMA_FLASH_ATTN_TYPE_DISABLED,
    }[settings["flash_attention"]]
    adapters = []
    for named in settings["adapters"]:
        adapter = xllamacpp.CommonAdapterLoraInfo()
        adapter.path, adapter.scale = named["path"], named["scale"]
        adapters.append(adapter)
    parameters.lora_adapters = adapters
    return parameters


if __name__ == "__main__":
    main()
