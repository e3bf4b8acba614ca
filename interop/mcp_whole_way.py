"""Clients and servers that others wrote, with `errand mcp-guard` between them.

mcp_whole_way.py BROKER ADMINISTRATOR WORK PYTHON NODE_MODULES -- ERRAND…: ERRAND… is the command `errand`; the agent's token comes from
the variable ERRAND_WORKLOAD_TOKEN_COMMAND. For each client, transport and generation of the protocol: a task of its own, whose limit is
one write; what the client saw, what the server did, and what the audit log has must agree.
"""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).parent / "mcp-peers"
TOOLS = ["add", "confirm", "look", "slow"]
MAP = {
    "look": "notes:read",
    "slow": "notes:read",
    "add": "notes:write",
    "confirm": "notes:write",
    "resource:notes://open": "notes:read",
}
PATIENCE = 120


def check(holds, what, seen=None):
    if not holds:
        sys.exit(f"failed: {what}" + (f"\n{seen}" if seen is not None else ""))


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def until(holds, what):
    end = time.monotonic() + PATIENCE
    while not holds():
        check(time.monotonic() < end, f"{what} did not come about")
        time.sleep(0.2)


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Peers:
    def __init__(self, broker, administrator, work, python, modules, errand):
        self.broker, self.administrator, self.work = broker, administrator, Path(work)
        self.python, self.modules, self.errand = python, modules, errand
        self.environment = dict(
            os.environ, ERRAND_URL=broker, ERRAND_MCP_NODE_MODULES=modules, PYTHONUNBUFFERED="1"
        )
        self.map = self.work / "tools.json"
        self.map.write_text(json.dumps(MAP))

    def guard(self, purpose, *options, tool="notes:read,write"):
        return [
            *self.errand, "mcp-guard", "--task", "interop", "--purpose", purpose, "--tool", tool,
            "--token-command", os.environ["ERRAND_WORKLOAD_TOKEN_COMMAND"], *options,
        ]

    def admin(self, path):
        request = urllib.request.Request(
            self.broker + path, headers={"Authorization": f"Bearer {self.administrator}"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)["items"]

    def task(self, purpose):
        tasks = [task for task in self.admin("/admin/v1/tasks?limit=100") if task["purpose"] == purpose]
        return tasks[0] if tasks else None

    def outcomes(self, purpose):
        until(lambda: self.task(purpose) and self.task(purpose)["state"] != "active", f"the end of the task {purpose}")
        events = self.admin(f"/admin/v1/audit?kind=evaluation.closed&limit=100&task={self.task(purpose)['id']}")
        return sorted(event["outcome"] for event in events)

    def client(self, sdk, generation, peer):
        if sdk == "python":
            command = [self.python, str(HERE / "client.py"), generation, peer]
        else:
            command = ["node", str(HERE / "client.mjs"), sdk, generation, peer]
        run = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        check(run.returncode == 0, f"the client {sdk} {generation}", run.stdout + run.stderr)
        return json.loads(run.stdout.splitlines()[-1]), run.stderr

    def run(self, *command):
        run = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        check(run.returncode == 0, " ".join(command), run.stdout + run.stderr)
        return json.loads(run.stdout.splitlines()[-1])

    def server(self, name, command, shown, calls):
        """A server of the registries: SHOWN are its tools that the task may use, each with what it is here."""
        maps = [option for tool, action in shown.items() for option in ("--map", f"{tool}=notes:{action}")]
        seen = self.run(
            self.python, str(HERE / "calls.py"), json.dumps(self.guard(name, *maps) + ["--", *command]), json.dumps(calls)
        )
        check(seen["tools"] == sorted(shown), f"{name}: the list", seen)
        print(f"  server {name}: {seen['version']}, {len(calls)} calls")
        return seen["calls"]

    def node(self, server):
        return ["node", f"{self.modules}/@modelcontextprotocol/{server}/dist/index.js"]

    def servers(self):
        folder = self.work / "files"
        folder.mkdir()
        seen = self.server(
            "filesystem", [*self.node("server-filesystem"), str(folder)],
            {"read_text_file": "read", "write_file": "write"},
            [
                ["write_file", {"path": str(folder / "one"), "content": "first"}],
                ["read_text_file", {"path": str(folder / "one")}],
                ["write_file", {"path": str(folder / "two"), "content": "second"}],
                ["move_file", {"source": str(folder / "one"), "destination": str(folder / "three")}],
            ],
        )
        check([failed for failed, _ in seen] == [False, False, True, True], "filesystem: the calls", seen)
        check([file.name for file in folder.iterdir()] == ["one"], "filesystem: what was written", list(folder.iterdir()))
        check(self.outcomes("filesystem") == ["succeeded"] * 2, "filesystem: the outcomes")

        entity = {"name": "Errand", "entityType": "broker", "observations": ["short-lived"]}
        seen = self.server(
            "memory", ["env", f"MEMORY_FILE_PATH={self.work / 'memory.json'}", *self.node("server-memory")],
            {"create_entities": "write", "read_graph": "read"},
            [
                ["create_entities", {"entities": [entity]}],
                ["read_graph", {}],
                ["create_entities", {"entities": [dict(entity, name="other")]}],
                ["read_graph", {}],
            ],
        )
        check([failed for failed, _ in seen] == [False, False, True, False], "memory: the calls", seen)
        check("Errand" in seen[3][1] and "other" not in seen[3][1], "memory: one write", seen)
        check(self.outcomes("memory") == ["succeeded"] * 3, "memory: the outcomes")

        repository = self.work / "repository"
        for command in (["init", "-q", str(repository)],
                        ["-C", str(repository), "-c", "user.name=i", "-c", "user.email=i@example.com",
                         "commit", "-q", "--allow-empty", "-m", "a first one"]):
            subprocess.run(["git", *command], check=True)
        seen = self.server(
            "git", [str(Path(self.python).parent / "mcp-server-git"), "--repository", str(repository)],
            {"git_status": "read", "git_log": "read", "git_create_branch": "write"},
            [
                ["git_log", {"repo_path": str(repository)}],
                ["git_create_branch", {"repo_path": str(repository), "branch_name": "one"}],
                ["git_create_branch", {"repo_path": str(repository), "branch_name": "two"}],
                ["git_reset", {"repo_path": str(repository)}],
            ],
        )
        check([failed for failed, _ in seen] == [False, False, True, True], "git: the calls", seen)
        check("a first one" in seen[0][1], "git: the log", seen)
        branches = subprocess.run(["git", "-C", str(repository), "branch"], capture_output=True, text=True, check=True)
        check("one" in branches.stdout and "two" not in branches.stdout, "git: one write", branches.stdout)

        self.server(
            "everything", self.node("server-everything"), {"echo": "read", "get-sum": "read"},
            [["echo", {"message": "é"}], ["get-sum", {"a": 1, "b": 2}]],
        )
        purpose = "everything with tasks"
        command = self.guard(purpose, "--map", "simulate-research-query=notes:read") + ["--", *self.node("server-everything")]
        seen = self.run("node", str(HERE / "everything.mjs"), json.dumps(command))
        check(seen["tools"] == ["simulate-research-query"], f"{purpose}: the list", seen)
        check("working" in seen["plain"]["status"] and seen["plain"]["text"], f"{purpose}: one that works", seen)
        check(seen["asked"] == 1 and seen["asking"]["text"], f"{purpose}: one that asks", seen)
        check(seen["listed"] == 2 and "began such a task" in seen["foreign"], f"{purpose}: one's own only", seen)
        check(self.outcomes(purpose) == ["succeeded"] * 2, f"{purpose}: an outcome when it is done", self.outcomes(purpose))
        print("  server everything: tasks of 2025-11-25")

    def over_stdio(self, sdk, generation):
        purpose = f"{sdk} {generation} stdio"
        done = self.work / f"{purpose}.done"
        command = self.guard(purpose, "--map-file", str(self.map)) + ["--", self.python, str(HERE / "server.py"), str(done)]
        seen, said = self.client(sdk, generation, json.dumps(command))
        self.agree(purpose, seen, done, said)

    def over_http(self, sdk, generation):
        purpose = f"{sdk} {generation} http"
        done = self.work / f"{purpose}.done"
        port, listen = free_port(), free_port()
        log = self.work / f"{purpose}.log"
        with open(log, "w", encoding="utf-8") as sink, Process(
            [self.python, str(HERE / "server.py"), str(done), str(port)], self.environment, sink
        ), Process(
            self.guard(
                purpose, "--map-file", str(self.map), "--bearer", "notes",
                "--listen", f"127.0.0.1:{listen}", "--upstream", f"http://127.0.0.1:{port}/mcp",
            ),
            self.environment, sink,
        ):
            until(lambda: listens(port) and listens(listen), "the guard and its server")
            seen, _ = self.client(sdk, generation, f"http://127.0.0.1:{listen}/mcp")
        self.agree(purpose, seen, done, log.read_text(encoding="utf-8"))

    def agree(self, purpose, seen, done, said):
        if seen["version"]:
            check((seen["version"] >= "2026") == ("modern" in purpose), f"{purpose}: the version", seen)
        check(seen["tools"] == TOOLS and seen["again"] == TOOLS, f"{purpose}: the list", seen)
        check(said.count("not shown, because no --map names them") == 1 and ": purge" in said, f"{purpose}: hidden is named once", said)
        check(seen["look"]["text"] == "nothing yet" and seen["after"]["text"] == "nothing yet", f"{purpose}: calls", seen)
        check(seen["slow"]["text"] == "3 steps" and seen["progress"][-1:] == [3], f"{purpose}: progress", seen)
        check(seen["confirm"] == {"text": "é: True", "isError": False, "meta": seen["confirm"]["meta"]}, f"{purpose}: elicitation", seen)
        check(seen["add"]["isError"] and seen["add"]["text"] == "Denied: One write in one task.", f"{purpose}: the second write", seen)
        check("io.errand/decision" in seen["add"]["meta"], f"{purpose}: the decision's id", seen)
        check(seen["purge"]["isError"] and seen["purge"]["text"].startswith("Denied: "), f"{purpose}: a hidden tool", seen)
        check(seen["open"] == "an open note" and seen["prompt"] == "Sum up the notes.", f"{purpose}: reading", seen)
        check("Denied" in (seen["closed"] or ""), f"{purpose}: what is not mapped", seen)
        check(seen["cancelled"], f"{purpose}: cancellation", seen)
        check(
            done.read_text(encoding="utf-8").split("\n") == ["look", "slow", "confirm é", "read", "look", ""],
            f"{purpose}: what the server did", done.read_text(encoding="utf-8"),
        )
        outcomes = self.outcomes(purpose)
        check(
            outcomes in (["succeeded"] * 5 + ["unknown"], ["failed"] + ["succeeded"] * 5),
            f"{purpose}: one decision and one outcome for each call", outcomes,
        )
        print(f"  {purpose}: {seen['version'] or 'older than 2026'}")


class Process:
    def __init__(self, command, environment, sink):
        self.process = subprocess.Popen(command, env=environment, stdout=sink, stderr=sink, stdin=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, *fault):
        self.process.terminate()
        self.process.wait(PATIENCE)


def main(broker, administrator, work, python, modules, separator, *errand):
    assert separator == "--"
    peers = Peers(broker, administrator, work, python, modules, list(errand))
    for sdk, generation in (("python", "modern"), ("python", "legacy"), ("2", "modern"), ("2", "legacy"), ("1", "legacy")):
        peers.over_stdio(sdk, generation)
        peers.over_http(sdk, generation)
    peers.servers()


if __name__ == "__main__":
    main(*sys.argv[1:])
