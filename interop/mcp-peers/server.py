"""An MCP server made with the Python SDK, of both generations of the protocol.

server.py FILE [PORT]: speaks stdio, or streamable HTTP on this port of the loopback. What was really done is a line of FILE.
"""

import sys
from typing import Annotated

import anyio
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.resolve import Elicit, Resolve
from pydantic import BaseModel

server = MCPServer("notes")


class Consent(BaseModel):
    sure: bool


def did(what):
    with open(sys.argv[1], "a", encoding="utf-8") as file:
        file.write(what + "\n")


async def ask() -> Elicit[Consent]:
    return Elicit("Are you sure?", Consent)


@server.tool()
async def look() -> str:
    did("look")
    return "nothing yet"


@server.tool()
async def add(note: str) -> str:
    did("add " + note)
    return "added " + note


@server.tool()
async def confirm(note: str, consent: Annotated[Consent, Resolve(ask)]) -> str:
    did("confirm " + note)
    return f"{note}: {consent.sure}"


@server.tool()
async def slow(steps: int, context: Context) -> str:
    for step in range(steps):
        await context.report_progress(step + 1, steps)
        await anyio.sleep(0.1)
    did("slow")
    return f"{steps} steps"


@server.tool()
async def purge() -> str:
    did("purge")
    return "all gone"


@server.resource("notes://open")
async def notes() -> str:
    did("read")
    return "an open note"


@server.resource("notes://closed")
async def closed() -> str:
    did("read closed")
    return "a closed note"


@server.prompt()
async def sum_up() -> str:
    return "Sum up the notes."


if __name__ == "__main__":
    if len(sys.argv) > 2:
        server.run("streamable-http", host="127.0.0.1", port=int(sys.argv[2]))
    else:
        server.run()
