"""Agents of two replicas: replicas.py KEYS TOLD ADMIN_ISSUER REPLICA REPLICA

Makes 200 exchanges, tries again by Idempotency-Key what got no answer, and sees that each has one live lease; then ends the tasks and
sees that there is a receipt for each lease. Files in TOLD say how far it is (60, 130, live), and what it waits for (back, replaced, end).
"""

import argparse
import collections
import concurrent.futures
import http.client
import json
import pathlib
import sys
import threading
import time
import urllib.parse
import uuid

import first_exchange

EXCHANGES, AGENTS, PATIENCE = 200, 8, 120
TOOL = "orders-db"
NO_ANSWER = (OSError, http.client.HTTPException)


class Agents:
    def __init__(self, keys, told, admin_issuer, replicas):
        self.keys, self.told, self.replicas = keys, pathlib.Path(told), replicas
        postgres = ("orders", "orders_reader")
        options = argparse.Namespace(directory=keys, broker=replicas[0], admin_issuer=admin_issuer, issuer=None, postgres=postgres, vault=None)
        self.registrar = first_exchange.FirstExchange(options)
        self.turn, self.begun = threading.Lock(), 0
        self.granted, self.answers = {}, collections.Counter()

    def tell(self, what, text=""):
        part = self.told / f"{what}.part"
        part.write_text(text)
        part.rename(self.told / what)

    def wait_for(self, what):
        end = time.monotonic() + 180
        while not (self.told / what).exists():
            if time.monotonic() > end:
                sys.exit(f"replicas: nobody said {what}")
            time.sleep(0.02)

    def next(self):
        """The number of the exchange to make. The last ones wait until the replicas are there in which they are made."""
        with self.turn:
            number, self.begun = self.begun, self.begun + 1
            if number in (60, 130):
                self.tell(str(number))
        if number >= 120:
            self.wait_for("back")
        if number >= EXCHANGES - 20:
            self.wait_for("replaced")
        return number

    def ask(self, replica, path, body, headers):
        """Status and answer, or None where there was none."""
        line = http.client.HTTPConnection(urllib.parse.urlsplit(replica).netloc, timeout=20)
        try:
            line.request("POST", path, body, headers)
            answer = line.getresponse()
            return answer.status, json.loads(answer.read() or b"{}")
        except NO_ANSWER as e:
            refused = isinstance(e, ConnectionRefusedError)
            with self.turn:
                self.answers["connection refused" if refused else "cut off"] += 1
            return None
        finally:
            line.close()

    def exchange(self, number):
        details = [{"type": "tool_access", "identifier": TOOL, "actions": ["read"]}]
        token = first_exchange.sign(self.keys, first_exchange.WORKLOADS, "first-agent", "errand")
        form = urllib.parse.urlencode({
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
            "subject_token_type": first_exchange.JWT,
            "subject_token": token,
            "task": json.dumps({"type": "first", "purpose": f"Exchange {number}", "ttl": "PT10M"}),
            "authorization_details": json.dumps(details),
        })
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Idempotency-Key": str(uuid.uuid4())}
        end, tries = time.monotonic() + PATIENCE, 0
        while time.monotonic() < end:
            answer = self.ask(self.replicas[(number + tries) % 2], "/oauth2/token", form, headers)
            tries += 1
            if answer and answer[0] == 200:
                self.granted[number] = answer[1]
                return
            if answer:
                with self.turn:
                    self.answers[answer[0]] += 1
                if answer[0] not in (409, 503):
                    print(f"  exchange {number}: {answer}", flush=True)
                    return  # is counted as lost
                time.sleep(0.5)
            time.sleep(0.1)

    def work(self):
        while (number := self.next()) < EXCHANGES:
            self.exchange(number)

    def complete(self, numbers):
        for number in numbers:
            granted = self.granted[number]
            headers = {"Authorization": f"Bearer {granted['access_token']}", "Content-Type": "application/json"}
            path = f"/v1/tasks/{granted['task']['id']}/complete"
            answer = self.ask(self.replicas[number % 2], path, '{"outcome":"succeeded"}', headers)
            if not answer or answer[0] not in (200, 202):
                sys.exit(f"replicas: a task could not be completed: {answer}")

    def leases(self):
        found, query = [], {"agent": "first-agent", "limit": 500}
        while True:
            url = f"{self.replicas[0]}/admin/v1/leases?{urllib.parse.urlencode(query)}"
            page = first_exchange.need(first_exchange.call("GET", url, self.registrar.admin), 200)
            found += page["items"]
            if not page.get("next"):
                return found
            query["cursor"] = page["next"]

    def settled(self, states):
        """All leases, once each is in one of these states."""
        end = time.monotonic() + 180
        while True:
            leases = self.leases()
            if all(lease["state"] in states for lease in leases):
                return leases
            if time.monotonic() > end:
                sys.exit(f"replicas: {collections.Counter(lease['state'] for lease in leases)}")
            time.sleep(0.5)

    def together(self, work, portions):
        with concurrent.futures.ThreadPoolExecutor(AGENTS) as agents:
            for done in [agents.submit(work, *portion) for portion in portions]:
                done.result()

    def run(self):
        self.registrar.register(max_live_leases=2 * EXCHANGES)
        self.together(self.work, [()] * AGENTS)
        print(f"  {len(self.granted)} of {EXCHANGES} exchanges were granted; on the way: {dict(self.answers)}", flush=True)
        if len(self.granted) != EXCHANGES or not self.answers["cut off"]:
            sys.exit("replicas: an exchange was lost, or none was under way when a replica was killed")

        leases = self.settled({"active", "revoked"})
        live = sorted(lease["id"] for lease in leases if lease["state"] == "active")
        credentials = [one for granted in self.granted.values() for one in granted["credentials"]]
        if live != sorted(one["lease_id"] for one in credentials) or len(live) != EXCHANGES:
            sys.exit(f"replicas: {len(live)} leases are live, and not those that were handed out")
        print(f"  {len(live)} leases are live, one for each; {len(leases) - len(live)} of lost answers are revoked", flush=True)
        self.tell("live", "".join(sorted(one["data"]["username"] + "\n" for one in credentials)))

        self.wait_for("end")
        self.together(self.complete, [(range(part, EXCHANGES, AGENTS),) for part in range(AGENTS)])
        leases = self.settled({"revoked"})
        receipts = [lease for lease in leases if lease.get("receipt")]
        if len(receipts) != len(leases):
            sys.exit(f"replicas: {len(leases) - len(receipts)} leases have no receipt")
        print(f"  the tasks have ended: {len(leases)} leases, and a receipt for each", flush=True)


if __name__ == "__main__":
    keys, told, admin_issuer, *replicas = sys.argv[1:]
    Agents(keys, told, admin_issuer, replicas).run()
