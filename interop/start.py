"""What interop/start measures.

start.py errand KEYS BROKER ADMIN_ISSUER REQUEST | keycloak KEYCLOAK PASSWORD REQUEST    writes to REQUEST a token exchange that will be granted
start.py measure SIDE PID REQUEST FIGURES                    of a container whose first process is PID, and has just been started
start.py table FIGURES SIDE OTHER
"""

import argparse
import base64
import concurrent.futures
import http.client
import json
import pathlib
import statistics
import sys
import time
import urllib.parse

import first_exchange

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
LOAD = 3000


def errand(keys, broker, admin_issuer):
    options = argparse.Namespace(directory=keys, broker=broker, admin_issuer=admin_issuer, issuer=None, postgres=None, vault=None)
    first_exchange.FirstExchange(options).register(max_live_leases=100000)
    details = [{"type": "tool_access", "identifier": "orders-api", "actions": ["read"]}]
    form = {
        "grant_type": EXCHANGE,
        "subject_token_type": first_exchange.JWT,
        "subject_token": first_exchange.sign(keys, first_exchange.WORKLOADS, "first-agent", "errand"),
        "task": json.dumps({"type": "first", "purpose": "How fast is a start", "ttl": "PT1M"}),
        "authorization_details": json.dumps(details),
    }
    return {"url": f"{broker}/oauth2/token", "form": form, "headers": {}}


def basic(client, secret):
    return {"Authorization": "Basic " + base64.b64encode(f"{client}:{secret}".encode()).decode()}


def keycloak(base, password):
    """Standard token exchange of a person's token, as Keycloak's documentation sets it up."""
    token = f"{base}/realms/%s/protocol/openid-connect/token"
    form = {"grant_type": "password", "client_id": "admin-cli", "username": "admin", "password": password}
    admin = first_exchange.need(first_exchange.call("POST", token % "master", form=form), 200)["access_token"]

    def client(name, audience=None, **members):
        made = {"clientId": name, "enabled": True, "secret": password, "serviceAccountsEnabled": True, "standardFlowEnabled": False}
        if audience:
            config = {"included.client.audience": audience, "access.token.claim": "true"}
            mapper = {"name": audience, "protocol": "openid-connect", "protocolMapper": "oidc-audience-mapper", "config": config}
            made["protocolMappers"] = [mapper]
        return made | members

    exchanger = client("exchanger", "reports", attributes={"standard.token.exchange.enabled": "true"})
    clients = [client("front", "exchanger", directAccessGrantsEnabled=True), exchanger, client("reports")]
    credentials = [{"type": "password", "value": password, "temporary": False}]
    names = {"firstName": "Alex", "lastName": "Example", "email": "alex@example.com", "emailVerified": True}
    person = {"username": "alex", "enabled": True, "credentials": credentials} | names
    realm = {"realm": "start", "enabled": True, "sslRequired": "none", "accessTokenLifespan": 3600, "clients": clients, "users": [person]}
    first_exchange.need(first_exchange.call("POST", f"{base}/admin/realms", admin, realm), 201)
    form = {"grant_type": "password", "username": "alex", "password": password, "scope": "openid"}
    signed_in = first_exchange.call("POST", token % "start", form=form, headers=basic("front", password))
    subject = first_exchange.need(signed_in, 200)["access_token"]
    form = {"grant_type": EXCHANGE, "subject_token": subject, "subject_token_type": ACCESS_TOKEN, "audience": "reports"}
    form["requested_token_type"] = ACCESS_TOKEN
    return {"url": token % "start", "form": form, "headers": basic("exchanger", password)}


class Measured:
    def __init__(self, pid, request):
        self.pid = pid
        self.url = urllib.parse.urlsplit(request["url"])
        self.form = urllib.parse.urlencode(request["form"])
        self.headers = request["headers"] | {"Content-Type": "application/x-www-form-urlencoded"}

    def granted(self, line):
        line.request("POST", self.url.path, self.form, self.headers)
        answer = line.getresponse()
        body = answer.read()
        if answer.status != 200 and answer.status not in (404, 503):
            sys.exit(f"start: {answer.status}: {body[:300]}")
        return answer.status == 200

    def line(self):
        return http.client.HTTPConnection(self.url.netloc, timeout=60)

    def first(self):
        end = time.monotonic() + 240
        while time.monotonic() < end:
            line = self.line()
            try:
                if self.granted(line):
                    return
            except (OSError, http.client.HTTPException):
                pass  # nobody listens yet
            finally:
                line.close()
            time.sleep(0.01)
        sys.exit("start: no exchange was granted")

    @staticmethod
    def of(pid, file):
        return pathlib.Path(f"/proc/{pid}/{file}").read_text()

    def server(self):
        """Keycloak's script waits for the process that serves; ours is the first itself."""
        pid = self.pid
        while children := self.of(pid, f"task/{pid}/children").split():
            pid = int(children[0])
        return pid

    def ticks(self):
        """User and system time, and the start since the machine's, in hundredths of a second."""
        fields = self.of(self.server(), "stat").rsplit(")", 1)[1].split()
        begun = self.of(self.pid, "stat").rsplit(")", 1)[1].split()[19]
        return int(fields[11]) + int(fields[12]), int(begun)

    def memory(self):
        """Resident, and that part of it which is no page of a file, in MiB."""
        rollup = self.of(self.server(), "smaps_rollup")
        kib = {words[0]: int(words[1]) for words in (line.split() for line in rollup.splitlines()[1:])}
        return kib["Rss:"] / 1024, kib["Anonymous:"] / 1024

    def load(self):
        def portion():
            line = self.line()
            for _ in range(LOAD // 8):
                self.granted(line)
            line.close()

        before, begun = self.ticks()[0], time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(8) as agents:
            for done in [agents.submit(portion) for _ in range(8)]:
                done.result()
        return (self.ticks()[0] - before) * 10 / LOAD, LOAD / (time.monotonic() - begun)

    def all(self):
        self.first()
        computed, begun = self.ticks()
        uptime = float(pathlib.Path("/proc/uptime").read_text().split()[0])
        figures = {"start s": uptime - begun / 100, "processor s": computed / 100}
        time.sleep(20)
        figures["idle MiB"], figures["of its own"] = self.memory()
        figures["ms an exchange"], figures["exchanges/s"] = self.load()
        time.sleep(20)
        figures["after load MiB"], figures["of its own then"] = self.memory()
        return figures


def table(figures, *sides):
    rounds = [json.loads(line) for line in pathlib.Path(figures).read_text().splitlines()]
    of = {side: [one for one in rounds if one["side"] == side] for side in sides}
    print(f"  {'median':18} {sides[0]:>9} {sides[1]:>9} {'ratio':>6}")
    for what in rounds[0]:
        if what != "side":
            mine, other = (statistics.median(one[what] for one in of[side]) for side in of)
            print(f"  {what:18} {mine:9.2f} {other:9.2f} {mine / other:6.2f}")


def main():
    command, *rest = sys.argv[1:]
    if command in ("errand", "keycloak"):
        *of, request = rest
        pathlib.Path(request).write_text(json.dumps({"errand": errand, "keycloak": keycloak}[command](*of)))
    elif command == "measure":
        side, pid, request, figures = rest
        measured = {"side": side} | Measured(pid, json.loads(pathlib.Path(request).read_text())).all()
        print("  " + side + ": " + ", ".join(f"{what} {value:.2f}" for what, value in measured.items() if what != "side"), flush=True)
        with open(figures, "a") as out:
            out.write(json.dumps(measured) + "\n")
    else:
        table(*rest)


if __name__ == "__main__":
    main()
