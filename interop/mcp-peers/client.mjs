// A client made with the TypeScript SDK: does what a model's host would do, and prints what it saw as one JSON object.
//
// client.mjs 1|2 legacy|modern PEER: the SDK's major version, and PEER is a URL, or a command as JSON.
const [sdk, generation, peer] = process.argv.slice(2);
const peers = process.env.ERRAND_MCP_NODE_MODULES;
const load = async (name) => import(`${peers}/@modelcontextprotocol/${name}`);

const isUrl = peer.startsWith("http");
const [Client, Stdio, Http, elicit, options] =
  sdk === "1"
    ? [
        (await load("sdk/dist/esm/client/index.js")).Client,
        (await load("sdk/dist/esm/client/stdio.js")).StdioClientTransport,
        (await load("sdk/dist/esm/client/streamableHttp.js")).StreamableHTTPClientTransport,
        (await load("sdk/dist/esm/types.js")).ElicitRequestSchema,
        {},
      ]
    : [
        (await load("client/dist/index.mjs")).Client,
        (await load("client/dist/stdio.mjs")).StdioClientTransport,
        (await load("client/dist/index.mjs")).StreamableHTTPClientTransport,
        "elicitation/create",
        { versionNegotiation: { mode: generation === "legacy" ? "legacy" : "auto" } },
      ];
const client = new Client({ name: "interop", version: "1" }, { capabilities: { elicitation: {} }, ...options });
client.setRequestHandler(elicit, async () => ({ action: "accept", content: { sure: true } }));
const [command, ...args] = isUrl ? [] : JSON.parse(peer);
await client.connect(isUrl ? new Http(new URL(peer)) : new Stdio({ command, args, env: process.env, stderr: "inherit" }));

const call = (name, given, how) =>
  sdk === "1"
    ? client.callTool({ name, arguments: given }, undefined, how)
    : client.callTool({ name, arguments: given }, how);
const text = (result) => ({ text: result.content[0].text, isError: !!result.isError, meta: result._meta ?? {} });
const failure = async (promise) => promise.then(() => null, (error) => error.message);
const names = async () => (await client.listTools()).tools.map((tool) => tool.name).sort();

const seen = { version: sdk === "2" ? (client.getNegotiatedProtocolVersion?.() ?? null) : null };
seen.tools = await names();
seen.again = await names();
seen.look = text(await call("look", {}));
seen.progress = [];
seen.slow = text(await call("slow", { steps: 3 }, { onprogress: ({ progress }) => seen.progress.push(progress) }));
seen.confirm = text(await call("confirm", { note: "é" }));
seen.add = text(await call("add", { note: "second" }));
seen.purge = text(await call("purge", {}));
seen.open = (await client.readResource({ uri: "notes://open" })).contents[0].text;
seen.closed = await failure(client.readResource({ uri: "notes://closed" }));
seen.prompt = (await client.getPrompt({ name: "sum_up" })).messages[0].content.text;
const stop = new AbortController();
setTimeout(() => stop.abort(), 1000);
seen.cancelled = (await failure(call("slow", { steps: 600 }, { signal: stop.signal }))) !== null;
seen.after = text(await call("look", {}));
console.log(JSON.stringify(seen));
await client.close();
