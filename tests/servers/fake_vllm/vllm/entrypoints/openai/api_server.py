"""The stand-in's server: what `python -m vllm.entrypoints.openai.api_server` is to evalkit."""

import asyncio
import os
import signal
import sys

from tests.servers.stand_in import Said, StandIn, last_message


def answer(body):
    """The words of the command and the last message; `die` ends the server."""
    said = last_message(body)
    if said == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    return Said(text=" ".join([body["model"], said, *sys.argv[1:]]))


async def main() -> None:
    """Serves until it is ended."""
    if sys.argv[sys.argv.index("--model") + 1].endswith("broken"):
        sys.exit("ValueError: no such architecture")
    port = int(sys.argv[sys.argv.index("--port") + 1])
    async with StandIn(answer=answer, port=port, key=os.environ["VLLM_API_KEY"]):
        await asyncio.Event().wait()


asyncio.run(main())
