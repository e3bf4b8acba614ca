// An enterprise's issuer, as far as the MCP SDKs ask one: it answers a person's ID token with an ID-JAG (RFC 8693, draft -05).
//
// idp.mjs MODULES AGENT…: prints its address; /id-token/PERSON is a person who has signed in. What is on its right is known here
// as ours: a client of it is the agent of the same name there.
import { createServer } from "node:http";

const [modules, ...agents] = process.argv.slice(2);
const { SignJWT, exportJWK, generateKeyPair, jwtVerify } = await import(`${modules}/jose/dist/webapi/index.js`);
const { privateKey, publicKey } = await generateKeyPair("ES256");
const keys = { keys: [{ ...(await exportJWK(publicKey)), kid: "idp", alg: "ES256", use: "sig" }] };
const ID_JAG = "urn:ietf:params:oauth:token-type:id-jag";
const signed = (claims, typ, subject, audience) =>
  new SignJWT({ jti: crypto.randomUUID(), ...claims })
    .setProtectedHeader({ alg: "ES256", kid: "idp", typ })
    .setIssuer(self)
    .setSubject(subject)
    .setAudience(audience)
    .setIssuedAt()
    .setExpirationTime("5m")
    .sign(privateKey);

async function token(form) {
  if (form.get("requested_token_type") !== ID_JAG || !agents.includes(form.get("client_id"))) {
    return [400, { error: "invalid_request" }];
  }
  const { payload } = await jwtVerify(form.get("subject_token"), publicKey, { issuer: self, audience: "portal" });
  const claims = { client_id: form.get("client_id"), resource: form.get("resource") };
  if (form.has("scope")) claims.scope = form.get("scope");
  return [
    200,
    {
      issued_token_type: ID_JAG,
      access_token: await signed(claims, "oauth-id-jag+jwt", payload.sub, form.get("audience")),
      token_type: "N_A",
      expires_in: 300,
    },
  ];
}

const server = createServer(async (request, response) => {
  const answer = (status, body) => response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  const { pathname } = new URL(request.url, self);
  if (pathname === "/.well-known/oauth-authorization-server") {
    answer(200, { issuer: self, token_endpoint: `${self}/token`, authorization_endpoint: `${self}/authorize`, response_types_supported: ["code"] });
  } else if (pathname === "/keys") {
    answer(200, keys);
  } else if (pathname.startsWith("/id-token/")) {
    answer(200, await signed({}, "JWT", pathname.slice("/id-token/".length), "portal"));
  } else if (pathname === "/token" && request.method === "POST") {
    let body = "";
    for await (const chunk of request) body += chunk;
    answer(...(await token(new URLSearchParams(body)).catch(() => [400, { error: "invalid_grant" }])));
  } else {
    answer(404, {});
  }
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const self = `http://127.0.0.1:${server.address().port}`;
console.log(self);
