"""Many `evalkit` processes, quickly: one process imports the command once and forks a child for each call.

A child is a process of its own, to be killed like any other; only its imports are not paid for again.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any


class Forker:
    """Starts `evalkit` commands as forked children; use it as a context."""

    def __enter__(self) -> Forker:
        self._parent = subprocess.Popen(
            [sys.executable, "-m", "tests.forked"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            cwd=Path(__file__).parents[1],
        )  # fmt: skip
        self._read()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        self._parent.stdin.close()
        self._parent.wait(10)
        self._parent.stdout.close()

    def start(self, *arguments: str, cwd: Path) -> int:
        """Starts a command; returns its process id. Its output goes to `output.txt` in `cwd`."""
        return int(self._ask({"arguments": arguments, "cwd": str(cwd)}))

    def wait(self, pid: int) -> int:
        """Waits for the end of a command; returns its exit status, or minus the signal that ended it."""
        return os.waitstatus_to_exitcode(int(self._ask({"wait": pid})))

    def run(self, *arguments: str, cwd: Path) -> int:
        """Runs a command to its end."""
        return self.wait(self.start(*arguments, cwd=cwd))

    def kill(self, pid: int) -> int:
        """kill -9."""
        os.kill(pid, signal.SIGKILL)
        return self.wait(pid)

    def _ask(self, question: Any) -> Any:
        assert self._parent.stdin is not None
        self._parent.stdin.write(json.dumps(question) + "\n")
        self._parent.stdin.flush()
        return self._read()

    def _read(self) -> Any:
        assert self._parent.stdout is not None
        return json.loads(self._parent.stdout.readline())


def serve() -> None:
    """Forks a child for each line on standard input."""
    # Imported and not yet used, so that no thread and no loop exists when a child is forked.
    import evalkit.api.running
    import evalkit.backends.openai
    import evalkit.cli.run
    import evalkit.families.classification
    import evalkit.store  # noqa: F401

    _say("ready")
    for line in sys.stdin:
        asked = json.loads(line)
        if "wait" in asked:
            _say(os.waitpid(asked["wait"], 0)[1])
            continue
        pid = os.fork()
        if pid == 0:
            _become(asked["arguments"], Path(asked["cwd"]))
        _say(pid)


def _become(arguments: list[str], cwd: Path) -> None:
    """Never returns: it is the `evalkit` command from here on."""
    from evalkit.cli import main

    os.chdir(cwd)
    output = os.open("output.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    sys.argv = ["evalkit", *arguments]
    code = 1
    try:
        main()
    except SystemExit as end:
        code = int(end.code or 0)
    finally:
        sys.stdout.flush()
        os._exit(code)


def _say(value: Any) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    serve()
