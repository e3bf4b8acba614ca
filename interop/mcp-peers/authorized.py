"""The Python SDK's own providers against the broker: prints what the MCP server says that it was asked by.

authorized.py key MCP ISSUER AGENT PEM
authorized.py id-jag|id-jag-with-secret MCP ISSUER AGENT PEM IDP PERSON
"""

import json
import sys
from urllib.parse import parse_qsl

import anyio
import httpx2
from mcp import Client
from mcp.client.auth.extensions.client_credentials import PrivateKeyJWTOAuthProvider, SignedJWTParameters
from mcp.client.auth.extensions.identity_assertion import IdentityAssertionOAuthProvider
from mcp.client.streamable_http import streamable_http_client

how, mcp, issuer, agent, pem, *idp = sys.argv[1:]
assertion = SignedJWTParameters(
    issuer=agent, subject=agent, signing_key=open(pem).read(), signing_algorithm="ES256"
).create_assertion_provider()


class Memory:
    tokens = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens


class AssertionInsteadOfSecret(httpx2.AsyncHTTPTransport):
    """The provider for ID-JAGs has a client secret and no other way; no client of the broker has one."""

    async def handle_async_request(self, request):
        form = dict(parse_qsl(request.content.decode())) if request.method == "POST" else {}
        if form.pop("client_secret", None):
            form["client_assertion"] = await assertion(issuer)
            form["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
            request = httpx2.Request("POST", request.url, data=form, headers={"Accept": "application/json"})
        return await super().handle_async_request(request)


async def id_jag(audience, resource):
    address, person = idp
    async with httpx2.AsyncClient() as client:
        id_token = (await client.get(f"{address}/id-token/{person}")).json()
        answer = await client.post(
            f"{address}/token",
            data={
                "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
                "requested_token_type": "urn:ietf:params:oauth:token-type:id-jag",
                "audience": audience,
                "resource": resource,
                "scope": "notes:read",
                "client_id": agent,
                "subject_token": id_token,
                "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
            },
        )
        return answer.raise_for_status().json()["access_token"]


async def main():
    if how == "key":
        auth = PrivateKeyJWTOAuthProvider(mcp, Memory(), agent, assertion, scope="notes:read", issuer=issuer)
        transport = httpx2.AsyncHTTPTransport()
    else:
        auth = IdentityAssertionOAuthProvider(mcp, Memory(), agent, "none", issuer, id_jag, scope="notes:read")
        transport = httpx2.AsyncHTTPTransport() if how == "id-jag-with-secret" else AssertionInsteadOfSecret()
    async with httpx2.AsyncClient(auth=auth, transport=transport) as http:
        async with Client(streamable_http_client(mcp, http_client=http)) as client:
            print(json.dumps((await client.call_tool("who", {})).structured_content))


anyio.run(main)
