// The TypeScript SDK's client with the server everything: a tool that works as a task (MCP 2025-11-25), once to its end and once with
// a question to the user on the way. everything.mjs COMMAND: as JSON; prints what it saw as one JSON object.
const peers = process.env.ERRAND_MCP_NODE_MODULES;
const load = async (name) => import(`${peers}/@modelcontextprotocol/sdk/dist/esm/${name}`);
const { Client } = await load("client/index.js");
const { StdioClientTransport } = await load("client/stdio.js");
const { CallToolResultSchema, ElicitRequestSchema } = await load("types.js");

const [command, ...args] = JSON.parse(process.argv[2]);
const client = new Client(
  { name: "interop", version: "1" },
  { capabilities: { elicitation: {}, tasks: { requests: { elicitation: { create: {} } } } } },
);
let asked = 0;
client.setRequestHandler(ElicitRequestSchema, async () => {
  asked++;
  return { action: "accept", content: { interpretation: "technical" } };
});
await client.connect(new StdioClientTransport({ command, args, env: process.env, stderr: "inherit" }));

async function research(given) {
  const seen = { status: [] };
  const stream = client.experimental.tasks.callToolStream(
    { name: "simulate-research-query", arguments: given },
    CallToolResultSchema,
    { task: { ttl: 60000 } },
  );
  for await (const message of stream) {
    if (message.type === "taskCreated") seen.task = message.task.taskId;
    if (message.type === "taskStatus") seen.status.push(message.task.status);
    if (message.type === "result") seen.text = message.result.content[0].text;
    if (message.type === "error") seen.error = message.error.message;
  }
  return seen;
}

const seen = { tools: (await client.listTools()).tools.map((tool) => tool.name).sort() };
seen.plain = await research({ topic: "clocks" });
seen.asking = await research({ topic: "time", ambiguous: true });
seen.asked = asked;
seen.listed = (await client.experimental.tasks.listTasks()).tasks.length;
seen.foreign = await client.experimental.tasks.getTask("nobody's").then(() => null, (error) => error.message);
console.log(JSON.stringify(seen));
await client.close();
