// jose with its defaults, as the tool: the token comes on standard input.
import { readFileSync } from "node:fs";
import { createRemoteJWKSet, jwtVerify } from "jose";

const [broker, issuer, audience] = process.argv.slice(2);
const keys = createRemoteJWKSet(new URL(`${broker}/oauth2/jwks`));
await jwtVerify(readFileSync(0, "utf8").trim(), keys, { issuer, audience });
