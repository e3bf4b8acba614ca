"""A client made with the Python SDK: does what a model's host would do, and prints what it saw as one JSON object.

client.py legacy|modern PEER, where PEER is a URL, or a command as JSON.
"""

import json
import os
import sys

import anyio
from mcp import Client, StdioServerParameters
from mcp.shared.exceptions import MCPError
from mcp_types import ElicitResult


def text(result):
    return {"text": result.content[0].text, "isError": bool(result.is_error), "meta": result.meta or {}}


async def consent(context, params):
    return ElicitResult(action="accept", content={"sure": True})


async def failure(awaitable):
    try:
        await awaitable
    except MCPError as error:
        return str(error)
    return None


async def main(generation, peer):
    if not peer.startswith("http"):
        command = json.loads(peer)
        peer = StdioServerParameters(command=command[0], args=command[1:], env=dict(os.environ))
    progress = []

    async def noted(done, total, message):
        progress.append(done)

    mode = "legacy" if generation == "legacy" else "2026-07-28" if generation == "pinned" else "auto"
    async with Client(peer, mode=mode, elicitation_callback=consent) as client:
        seen = {"version": client.session.protocol_version}
        seen["tools"] = sorted(tool.name for tool in (await client.list_tools()).tools)
        seen["again"] = sorted(tool.name for tool in (await client.list_tools()).tools)
        seen["look"] = text(await client.call_tool("look", {}))
        seen["slow"] = text(await client.call_tool("slow", {"steps": 3}, progress_callback=noted))
        seen["progress"] = progress
        seen["confirm"] = text(await client.call_tool("confirm", {"note": "é"}))
        seen["add"] = text(await client.call_tool("add", {"note": "second"}))
        seen["purge"] = text(await client.call_tool("purge", {}))
        seen["open"] = (await client.read_resource("notes://open")).contents[0].text
        seen["closed"] = await failure(client.read_resource("notes://closed"))
        seen["prompt"] = (await client.get_prompt("sum_up")).messages[0].content.text
        with anyio.move_on_after(1) as scope:
            await client.call_tool("slow", {"steps": 600})
        seen["cancelled"] = scope.cancelled_caught
        seen["after"] = text(await client.call_tool("look", {}))
    print(json.dumps(seen))


anyio.run(main, sys.argv[1], sys.argv[2])
