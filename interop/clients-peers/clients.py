"""google-auth's identity pool and Authlib's session as they come, and PyJWT with its defaults as the tool."""

import sys

import authlib.integrations.requests_client
import google.auth.identity_pool
import google.auth.transport.requests
import jwt

REQUESTS = 1000
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
JWT = "urn:ietf:params:oauth:token-type:jwt"
AUDIENCE = "https://erp.example"


class Tool:
    def __init__(self, broker, issuer):
        self.keys = jwt.PyJWKClient(f"{broker}/oauth2/jwks")
        self.issuer = issuer

    def accepts(self, token):
        key = self.keys.get_signing_key_from_jwt(token)
        return jwt.decode(token, key, algorithms=["ES256"], audience=AUDIENCE, issuer=self.issuer)


def google_auth(broker, tool, file):
    """Each of its requests asks the broker first: a token of 60 seconds is old to it at once."""
    credentials = google.auth.identity_pool.Credentials(
        audience="erp",
        subject_token_type=JWT,
        token_url=f"{broker}/oauth2/token",
        credential_source={"file": file},
    )
    transport = google.auth.transport.requests.Request()
    seen = set()
    for _ in range(REQUESTS):
        headers = {}
        credentials.before_request(transport, "GET", f"{AUDIENCE}/orders", headers)
        token = headers["authorization"].removeprefix("Bearer ")
        seen.add(tool.accepts(token)["task"]["id"])
    assert len(seen) == 1, seen
    print(f"google-auth: {REQUESTS} requests, {len(seen)} task")
    return token


def authlib_session(broker, tool, file):
    session = authlib.integrations.requests_client.OAuth2Session("authlib", token_endpoint_auth_method="none")
    answer = session.fetch_token(
        f"{broker}/oauth2/token",
        grant_type=EXCHANGE,
        subject_token=open(file).read().strip(),
        subject_token_type=JWT,
        resource=f"{AUDIENCE}/mcp",
    )
    assert "task_token" not in answer and answer["token_type"] == "Bearer", answer.keys()
    assert tool.accepts(answer["access_token"])["aud"] == AUDIENCE
    print("authlib: accepted by PyJWT")
    return answer["access_token"]


what, broker, issuer, file = sys.argv[1:]
tool = Tool(broker, issuer)
if what == "verify":
    tool.accepts(open(file).read().removeprefix("token ").strip())
else:
    print("token", {"google": google_auth, "authlib": authlib_session}[what](broker, tool, file))
