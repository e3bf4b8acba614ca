"""An MCP server of the Python SDK that takes what the broker issued for it, and nothing else; PyJWT looks at it with its defaults.

protected.py PORT ISSUER KEYS
"""

import sys

import jwt
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.provider import AccessToken
from mcp.server.auth.settings import AuthSettings
from mcp.server.mcpserver import MCPServer

port, issuer, keys = int(sys.argv[1]), sys.argv[2], jwt.PyJWKClient(sys.argv[3])
here = f"http://127.0.0.1:{port}/mcp"


class Verifier:
    async def verify_token(self, token):
        try:
            key = keys.get_signing_key_from_jwt(token)
            claims = jwt.decode(token, key, algorithms=["ES256"], audience=here, issuer=issuer)
        except jwt.PyJWTError as error:
            print("refused:", error, flush=True)
            return None
        return AccessToken(
            token=token,
            client_id=claims["client_id"],
            scopes=claims["scope"].split(),
            expires_at=claims["exp"],
            resource=claims["aud"],
            subject=claims["sub"],
            claims=claims,
        )


server = MCPServer(
    "notes",
    token_verifier=Verifier(),
    auth=AuthSettings(issuer_url=issuer, resource_server_url=here, required_scopes=["notes:read"], validate_token_resource=True),
)


@server.tool()
async def who() -> dict[str, str]:
    claims = get_access_token().claims
    return {"sub": claims["sub"], "client": claims["client_id"], "scope": claims["scope"], "task": claims["task"]["id"]}


server.run("streamable-http", host="127.0.0.1", port=port)
