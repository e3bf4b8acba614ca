"""The Python SDK's client makes some calls, one after the other: calls.py COMMAND CALLS, both as JSON; a call is [tool, arguments]."""

import json
import os
import sys

import anyio
from mcp import Client, StdioServerParameters


async def main(command, calls):
    peer = StdioServerParameters(command=command[0], args=command[1:], env=dict(os.environ))
    seen = {"calls": []}
    async with Client(peer) as client:
        seen["version"] = client.session.protocol_version
        seen["tools"] = sorted(tool.name for tool in (await client.list_tools()).tools)
        for name, arguments in calls:
            result = await client.call_tool(name, arguments)
            seen["calls"].append([bool(result.is_error), result.content[0].text])
    print(json.dumps(seen))


anyio.run(main, json.loads(sys.argv[1]), json.loads(sys.argv[2]))
