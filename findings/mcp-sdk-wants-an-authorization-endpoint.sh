#!/usr/bin/env bash
# Belief: an OAuth client reads authorization server metadata that has no authorization_endpoint where no grant uses one, as RFC 8414
#         section 2 says ("REQUIRED unless no grant types are supported that use the authorization endpoint").
# Seen:   the models of MCP's own SDKs ask for it always: Python (PyPI mcp 2.3.0) and TypeScript (npm @modelcontextprotocol/sdk
#         1.20.0) refuse the whole document. The client credentials provider of the Python SDK then says that it discovered nothing.
# So:     a server that has the client credentials grant alone names an authorization endpoint all the same, or these clients
#         cannot use it. Errand's answers unsupported_response_type.
# Needs:  python3 with venv, node with npm.
set -euo pipefail

python=2.3.0 typescript=1.20.0
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q --disable-pip-version-check install mcp==$python
(cd "$dir" && npm init -y >/dev/null && npm install --silent --no-audit --no-fund "@modelcontextprotocol/sdk@$typescript")
cat >"$dir/without.json" <<'JSON'
{"issuer": "https://as.example", "token_endpoint": "https://as.example/token", "response_types_supported": [],
 "grant_types_supported": ["client_credentials"], "token_endpoint_auth_methods_supported": ["private_key_jwt"]}
JSON
python3 -c 'import json, sys
whole = json.load(open(sys.argv[1])); whole["authorization_endpoint"] = "https://as.example/authorize"
json.dump(whole, open(sys.argv[2], "w"))' "$dir/without.json" "$dir/with.json"

"$dir/venv/bin/python" - "$dir" <<'PY'
import sys
from mcp.shared.auth import OAuthMetadata
from pydantic import ValidationError

def read(name):
    try:
        OAuthMetadata.model_validate_json(open(f"{sys.argv[1]}/{name}.json").read())
        return "read"
    except ValidationError as error:
        return "refused: " + ", ".join(str(one["loc"][0]) for one in error.errors())

without, whole = read("without"), read("with")
print(f"Python: {without}; with the member: {whole}")
if without != "refused: authorization_endpoint" or whole != "read":
    sys.exit("no longer so")
PY
cat >"$dir/read.mjs" <<'JS'
import { readFileSync } from 'node:fs'
import { OAuthMetadataSchema } from '@modelcontextprotocol/sdk/shared/auth.js'
const read = (name) => {
  const result = OAuthMetadataSchema.safeParse(JSON.parse(readFileSync(name)))
  return result.success ? 'read' : 'refused: ' + result.error.issues.map((one) => one.path.join('.')).join(', ')
}
const [without, whole] = [read('without.json'), read('with.json')]
console.log(`TypeScript: ${without}; with the member: ${whole}`)
if (without !== 'refused: authorization_endpoint' || whole !== 'read') throw new Error('no longer so')
JS
(cd "$dir" && node read.mjs)
echo "as seen before"
