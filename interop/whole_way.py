"""The whole way of one task with Authlib, an OAuth client that nobody here wrote.

whole_way.py BROKER AGENT WORKLOAD_TOKEN TOOL_TOKEN: discovers the token endpoint, exchanges the agent's token for a task token and a
jwt credential, verifies both with the published keys, ends the task, and sees that introspection calls both inactive.
"""

import json
import sys

import requests
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.jwk import KeySet

GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
TOKEN_TYPE = "urn:ietf:params:oauth:token-type:jwt"


def check(holds, what):
    if not holds:
        sys.exit(f"failed: {what}")
    print(f"  {what}")


def introspect(endpoint, token, caller):
    answer = requests.post(endpoint, data={"token": token}, headers={"Authorization": f"Bearer {caller}"}, timeout=30)
    answer.raise_for_status()
    return answer.json()


def main(broker, agent, workload_token, tool_token):
    metadata = requests.get(f"{broker}/.well-known/oauth-authorization-server", timeout=30).json()
    check(metadata["issuer"] == broker, "the metadata names the issuer that was asked (RFC 8414 section 3.3)")
    tool = f"{agent}-tool"
    details = [{"type": "tool_access", "identifier": tool, "actions": ["read"]}]

    client = OAuth2Session(client_id=agent, token_endpoint_auth_method="none")
    granted = client.fetch_token(
        metadata["token_endpoint"],
        grant_type=GRANT,
        subject_token=workload_token,
        subject_token_type=TOKEN_TYPE,
        authorization_details=json.dumps(details),
        task=json.dumps({"type": "interop", "ttl": "PT5M"}),
    )
    check(granted["issued_token_type"].endswith(":access_token"), "a task token was issued")

    keys = KeySet.import_key_set(requests.get(metadata["jwks_uri"], timeout=30).json())
    task_token = jwt.decode(granted["access_token"], keys, algorithms=["ES256"])
    check(task_token.header["typ"] == "at+jwt", "it is an access token of RFC 9068, signed with a published key")
    credential = granted["credentials"][0]["data"]["token"]
    claims = jwt.decode(credential, keys, algorithms=["ES256"]).claims
    check(claims["aud"] == f"https://{agent}.example", "the credential is for the tool alone")
    task = granted["task"]
    whose = {"id": task["id"], "type": "interop", "root": task["id"]}
    check(claims["client_id"] == agent and claims["task"] == whose, "and says whose task it is")
    endpoint = metadata["introspection_endpoint"]
    check(introspect(endpoint, credential, tool_token)["active"], "the tool is told that it is active")

    ended = client.post(f"{broker}/v1/tasks/{task['id']}/complete", json={"outcome": "succeeded"}, timeout=30)
    check(ended.status_code in (200, 202), "the task was completed")
    check(introspect(endpoint, credential, tool_token) == {"active": False}, "the tool is told that it is not active any more")
    again = client.post(metadata["token_endpoint"], data={"grant_type": GRANT}, timeout=30)
    check(again.status_code == 400 and again.json()["error"] == "invalid_request", "an error reads as RFC 6749 has it")


if __name__ == "__main__":
    main(*sys.argv[1:])
