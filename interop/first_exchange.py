"""A stranger's first exchange: needs nothing but Python, OpenSSL and the broker's address.

first_exchange.py keys DIR
    makes a key and DIR/www/jwks.json, which somebody must serve: it signs for the administrators' issuer and for a workload
first_exchange.py token DIR ISSUER SUBJECT AUDIENCE [ROLE…]
    prints a token
first_exchange.py exchange DIR BROKER ADMIN_ISSUER [--postgres TARGET GROUP] [--vault PATH] [--psql COMMAND] [--registered]
    registers an issuer, an agent, tools and a policy, exchanges a token for their credentials, ends the task, and sees that they are
    dead. COMMAND is run by a shell with PGUSER and PGPASSWORD and must work before, and not after.
"""

import argparse
import base64
import json
import os
import pathlib
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

WORKLOADS = "https://workloads.example"
JWT = "urn:ietf:params:oauth:token-type:jwt"


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def make_keys(directory):
    directory = pathlib.Path(directory)
    (directory / "www").mkdir(parents=True, exist_ok=True)
    key = directory / "key.pem"
    subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True, stderr=subprocess.DEVNULL)
    out = subprocess.run(["openssl", "rsa", "-in", key, "-noout", "-modulus"], check=True, capture_output=True, text=True)
    modulus = bytes.fromhex(out.stdout.strip().split("=")[1])
    jwk = {"kty": "RSA", "kid": "first", "use": "sig", "alg": "RS256", "n": b64(modulus), "e": "AQAB"}
    (directory / "www" / "jwks.json").write_text(json.dumps({"keys": [jwk]}))


def sign(directory, issuer, subject, audience, roles=()):
    now = int(time.time())
    claims = {"iss": issuer, "sub": subject, "aud": audience, "iat": now - 5, "exp": now + 1800, "jti": b64(os.urandom(12))}
    if roles:
        claims["roles"] = list(roles)
    parts = [b64(json.dumps(part).encode()) for part in ({"alg": "RS256", "typ": "JWT", "kid": "first"}, claims)]
    command = ["openssl", "dgst", "-sha256", "-sign", f"{directory}/key.pem"]
    signature = subprocess.run(command, input=".".join(parts).encode(), check=True, capture_output=True).stdout
    return ".".join([*parts, b64(signature)])


def call(method, url, token=None, body=None, form=None, headers=None):
    headers = dict(headers or {})
    data = None
    if form is not None:
        data = urllib.parse.urlencode(form).encode()
    elif body is not None:
        data = json.dumps(body).encode()
        headers["Content-Type"] = "application/json"
    if token:
        headers["Authorization"] = f"Bearer {token}"
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method), timeout=60) as answer:
            return answer.status, json.loads(answer.read() or b"{}")
    except urllib.error.HTTPError as refused:
        return refused.code, json.loads(refused.read() or b"{}")


def need(answer, *expected):
    if answer[0] not in expected:
        sys.exit(f"first_exchange: {answer[0]}, not {expected}: {json.dumps(answer[1])}")
    return answer[1]


def say(what):
    print(f"  {what}", flush=True)


class FirstExchange:
    def __init__(self, options):
        self.options = options
        self.broker = options.broker
        roles = ["errand.admin", "errand.operator", "errand.auditor"]
        self.admin = sign(options.directory, options.admin_issuer, "somebody", f"{options.issuer or self.broker}/admin", roles)
        self.tools = {"orders-api": {"backend": "jwt", "config": {"audience": "https://orders.example"}}}
        if options.postgres:
            target, group = options.postgres
            self.tools["orders-db"] = {"backend": "postgres", "config": {"target": target, "roles": {"read": [group]}}}
        if options.vault:
            config = {"token_role": "errand", "path": {"read": options.vault}}
            self.tools["orders-vault"] = {"backend": "vault", "config": config}

    def put(self, kind, name, resource):
        need(call("PUT", f"{self.broker}/admin/v1/{kind}/{name}", self.admin, resource), 200, 201)

    def register(self, **more):
        jwks = json.loads((pathlib.Path(self.options.directory) / "www" / "jwks.json").read_text())
        issuer = {"issuer": WORKLOADS, "jwks": jwks, "audiences": ["errand"], "algorithms": ["RS256"], "purpose": "workload"}
        self.put("issuers", "first", issuer)
        for name, tool in self.tools.items():
            common = {"actions": ["read"], "kinds": {"read": "read"}, "sensitivity": "internal", "environment": "test"}
            self.put("tools", name, common | tool)
        agent = {
            "owner": "first@example.com",
            "purpose": "Shows that it works",
            "task_types": ["first"],
            "identities": [{"issuer": "first", "subject": "first-agent"}],
            "tools": [{"tool": name, "actions": ["read"]} for name in self.tools],
            "max_ttl": "PT15M",
        }
        self.put("agents", "first-agent", agent | more)
        self.put("policies", "first", {"cedar": "permit(principal, action, resource);"})
        say(f"an issuer, an agent, {len(self.tools)} tools and a policy are registered")

    def exchange(self):
        details = [{"type": "tool_access", "identifier": name, "actions": ["read"]} for name in self.tools]
        form = {
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
            "subject_token_type": JWT,
            "subject_token": sign(self.options.directory, WORKLOADS, "first-agent", "errand"),
            "task": json.dumps({"type": "first", "purpose": "A first exchange", "ttl": "PT5M"}),
            "authorization_details": json.dumps(details),
        }
        granted = need(call("POST", f"{self.broker}/oauth2/token", form=form), 200)
        say(f"a task token and {len(granted['credentials'])} credentials were issued")
        return granted

    def may_log_in(self, credential):
        data = credential["data"]
        environment = os.environ | {"PGUSER": data["username"], "PGPASSWORD": data["password"]}
        return subprocess.run(self.options.psql, shell=True, env=environment, capture_output=True).returncode == 0

    def end(self, granted):
        task = granted["task"]["id"]
        logins = [one for one in granted["credentials"] if "username" in one["data"]] if self.options.psql else []
        for one in logins:
            self.may_log_in(one) or sys.exit(f"first_exchange: the login for {one['tool']} does not work")
            say(f"the login for {one['tool']} works")
        complete = f"{self.broker}/v1/tasks/{task}/complete"
        wait = {"Prefer": "wait=20"}
        ended = need(call("POST", complete, granted["access_token"], {"outcome": "succeeded"}, headers=wait), 200, 202)
        for one in logins:
            not self.may_log_in(one) or sys.exit(f"first_exchange: the login for {one['tool']} still works")
            say(f"the task has ended, and the login for {one['tool']} is dead")
        states = {lease["tool"]: lease["state"] for lease in ended["leases"]}
        expected = {name: "revoked" for name in self.tools if name != "orders-api"}
        if {name: state for name, state in states.items() if name in expected} != expected:
            sys.exit(f"first_exchange: not every credential was seen to be gone: {states}")


def main():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    keys = commands.add_parser("keys")
    keys.add_argument("directory")
    token = commands.add_parser("token")
    for name in ("directory", "issuer", "subject", "audience"):
        token.add_argument(name)
    token.add_argument("roles", nargs="*")
    exchange = commands.add_parser("exchange")
    for name in ("directory", "broker", "admin_issuer"):
        exchange.add_argument(name)
    exchange.add_argument("--issuer", help="the broker's issuer identifier, where it is not its address")
    exchange.add_argument("--postgres", nargs=2)
    exchange.add_argument("--vault")
    exchange.add_argument("--psql")
    exchange.add_argument("--registered", action="store_true", help="by an earlier run: only exchange")
    options = parser.parse_args()
    if options.command == "keys":
        make_keys(options.directory)
    elif options.command == "token":
        print(sign(options.directory, options.issuer, options.subject, options.audience, options.roles))
    else:
        first = FirstExchange(options)
        if not options.registered:
            first.register()
        first.end(first.exchange())


if __name__ == "__main__":
    main()
