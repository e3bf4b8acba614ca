// The TypeScript SDK's own providers against the broker: prints what the MCP server says that it was asked by.
//
// authorized.mjs MODULES 1|2 key MCP ISSUER AGENT PEM
// authorized.mjs MODULES 2 id-jag|id-jag-alone MCP ISSUER AGENT PEM IDP PERSON
import { readFileSync } from "node:fs";

const [modules, sdk, how, mcp, issuer, agent, pem, idp, person] = process.argv.slice(2);
const load = (name) => import(`${modules}/@modelcontextprotocol/${name}`);
const { Client } = await load(sdk === "1" ? "sdk/dist/esm/client/index.js" : "client/dist/index.mjs");
const { StreamableHTTPClientTransport } = await load(sdk === "1" ? "sdk/dist/esm/client/streamableHttp.js" : "client/dist/index.mjs");
const auth = await load(sdk === "1" ? "sdk/dist/esm/client/auth-extensions.js" : "client/dist/index.mjs");

const key = { privateKey: readFileSync(pem, "utf8"), expectedIssuer: issuer };
let authProvider;
if (how === "key") {
  authProvider = new auth.PrivateKeyJwtProvider({ clientId: agent, algorithm: "ES256", scope: "notes:read", ...key });
} else {
  authProvider = new auth.CrossAppAccessProvider({
    clientId: agent,
    clientSecret: "none", // its type asks for one; it is not sent where the metadata offers no method that has one
    expectedIssuer: issuer,
    assertion: async ({ authorizationServerUrl, resourceUrl, scope, fetchFn }) => {
      const idToken = await (await fetch(`${idp}/id-token/${person}`)).json();
      const given = { audience: authorizationServerUrl, resource: resourceUrl, idToken, clientId: agent, scope, fetchFn };
      return (await auth.discoverAndRequestJwtAuthGrant({ idpUrl: idp, ...given })).jwtAuthGrant;
    },
  });
  if (how === "id-jag") {
    authProvider.addClientAuthentication = auth.createPrivateKeyJwtAuth({ issuer: agent, subject: agent, alg: "ES256", ...key });
  }
}
const client = new Client({ name: "interop", version: "1" });
await client.connect(new StreamableHTTPClientTransport(new URL(mcp), { authProvider }));
const { structuredContent } = await client.callTool({ name: "who", arguments: {} });
console.log(JSON.stringify(structuredContent));
await client.close();
