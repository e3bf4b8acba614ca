"""What a cluster's controllers and kubelets do with pods, for an API server that has neither: each namespace gets the cluster's
authorities and an account, for each Deployment of one replica a pod is created, for each Job one until it succeeds, and their containers
run in the local container engine as the pod that the API server admitted says: image, command, environment, mounts, user, capabilities,
memory, read-only root. A Deployment's pod is ready when its readiness probe says so.

pods.py KUBECONFIG NAMESPACE NETWORK DIR
    follows NAMESPACE until its standard input ends, with every container in the network of the container NETWORK, in which it runs
    itself; files that are mounted stand in DIR. Prints a line for each container that it starts.
"""

import base64
import json
import os
import pathlib
import select
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request

import yaml

NOW = "%Y-%m-%dT%H:%M:%SZ"


class Api:
    def __init__(self, kubeconfig):
        settings = yaml.safe_load(pathlib.Path(kubeconfig).read_text())
        cluster = settings["clusters"][0]["cluster"]
        self.server, self.ca = cluster["server"], cluster["certificate-authority"]
        self.token = settings["users"][0]["user"]["token"]
        self.tls = ssl.create_default_context(cafile=self.ca)

    def call(self, method, path, body=None, content="application/json"):
        request = urllib.request.Request(self.server + path, json.dumps(body).encode() if body is not None else None, method=method)
        request.add_header("Authorization", f"Bearer {self.token}")
        request.add_header("Content-Type", content)
        try:
            with urllib.request.urlopen(request, context=self.tls, timeout=30) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as refused:
            return refused.code, json.loads(refused.read())

    def need(self, *call):
        status, body = self.call(*call)
        if status not in (200, 201, 202):
            sys.exit(f"pods: {call[0]} {call[1]}: {status} {body.get('message', body)}")
        return body


class Pods:
    def __init__(self, api, namespace, network, directory):
        self.api, self.namespace, self.network, self.directory = api, namespace, network, pathlib.Path(directory)
        self.core = f"/api/v1/namespaces/{namespace}"
        self.running, self.tried = {}, {}
        self.given, self.ready = set(), set()

    def namespace_is_there(self, name):
        """What the controller manager puts into each."""
        if name not in self.given and not name.startswith("kube-"):
            ca = {"ca.crt": pathlib.Path(self.api.ca).read_text()}
            for kind, metadata, more in (("configmaps", {"name": "kube-root-ca.crt"}, {"data": ca}), ("serviceaccounts", {"name": "default"}, {})):
                status, body = self.api.call("POST", f"/api/v1/namespaces/{name}/{kind}", {"metadata": metadata, **more})
                if status not in (201, 409):
                    sys.exit(f"pods: {kind} of {name}: {status} {body.get('message', body)}")
            self.given.add(name)

    def created(self, name, template):
        """The pod as the API server admits it, with the volume of its service account's token."""
        metadata = template["metadata"] | {"name": name}
        return self.api.need("POST", f"{self.core}/pods", {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]})

    def secret(self, name):
        return {key: base64.b64decode(value) for key, value in self.api.need("GET", f"{self.core}/secrets/{name}").get("data", {}).items()}

    def config_map(self, name):
        return {key: value.encode() for key, value in self.api.need("GET", f"{self.core}/configmaps/{name}").get("data", {}).items()}

    def service_account_token(self, pod, source):
        bound = {"apiVersion": "v1", "kind": "Pod", "name": pod["metadata"]["name"], "uid": pod["metadata"]["uid"]}
        spec = {"audiences": [source["audience"]] if "audience" in source else [], "boundObjectRef": bound}
        spec["expirationSeconds"] = source.get("expirationSeconds", 3600)
        account = pod["spec"]["serviceAccountName"]
        return self.api.need("POST", f"{self.core}/serviceaccounts/{account}/token", {"spec": spec})["status"]["token"].encode()

    def files(self, pod, volume):
        """What is in a volume; None: it is empty and may be written to."""
        if "emptyDir" in volume:
            return None
        if "secret" in volume:
            return chosen(self.secret(volume["secret"]["secretName"]), volume["secret"])
        if "configMap" in volume:
            return chosen(self.config_map(volume["configMap"]["name"]), volume["configMap"])
        found = {}
        for source in volume["projected"]["sources"]:
            if "serviceAccountToken" in source:
                found[source["serviceAccountToken"]["path"]] = self.service_account_token(pod, source["serviceAccountToken"])
            elif "configMap" in source:
                found |= chosen(self.config_map(source["configMap"]["name"]), source["configMap"])
            elif "downwardAPI" in source:
                found |= {item["path"]: self.namespace.encode() for item in source["downwardAPI"]["items"]}
            else:
                sys.exit(f"pods: a projected volume has a source that is not known here: {source}")
        return found

    def mounts(self, pod, container):
        volumes = {}
        for volume in pod["spec"].get("volumes", []):
            files = self.files(pod, volume)
            place = self.directory / pod["metadata"]["name"] / volume["name"]
            place.mkdir(parents=True)
            for name, content in (files or {}).items():
                (place / name).write_bytes(content)
                os.chown(place / name, 0, pod["spec"]["securityContext"]["fsGroup"])
                (place / name).chmod(0o640)
            volumes[volume["name"]] = None if files is None else place
        for mount in container.get("volumeMounts", []):
            place = volumes[mount["name"]]
            if place is None:
                yield ["--tmpfs", f"{mount['mountPath']}:rw,noexec,nosuid,nodev,size=64m,mode=1777"]
            else:
                yield ["-v", f"{place / mount.get('subPath', '')}:{mount['mountPath']}:ro"]

    def environment(self, container):
        host, port = self.api.server.removeprefix("https://").rsplit(":", 1)
        yield f"KUBERNETES_SERVICE_HOST={host}"
        yield f"KUBERNETES_SERVICE_PORT={port}"
        for one in container.get("env", []):
            reference = one.get("valueFrom", {}).get("secretKeyRef")
            yield f"{one['name']}={self.secret(reference['name'])[reference['key']].decode() if reference else one.get('value', '')}"

    def run(self, pod):
        """Starts its container and answers the engine's id of it."""
        if len(pod["spec"]["containers"]) != 1 or pod["spec"].get("initContainers"):
            sys.exit("pods: one container of a pod is run here")
        container = pod["spec"]["containers"][0]
        security, of_pod = container["securityContext"], pod["spec"]["securityContext"]
        command = ["docker", "run", "-d", "--network", f"container:{self.network}", "--user", f"{of_pod['runAsUser']}:{of_pod['runAsGroup']}"]
        command += ["--read-only"] if security.get("readOnlyRootFilesystem") else []
        command += ["--security-opt", "no-new-privileges"] if security.get("allowPrivilegeEscalation") is False else []
        for capability in security.get("capabilities", {}).get("drop", []):
            command += ["--cap-drop", capability]
        memory = container.get("resources", {}).get("limits", {}).get("memory")
        command += ["--memory", memory.replace("Mi", "m").replace("Gi", "g")] if memory else []
        for mount in self.mounts(pod, container):
            command += mount
        for one in self.environment(container):
            command += ["-e", one]
        words = container.get("command", []) + container.get("args", [])
        if container.get("command"):
            command += ["--entrypoint", words.pop(0)]
        started = subprocess.run([*command, container["image"], *words], capture_output=True, text=True)
        if started.returncode:
            sys.exit(f"pods: the engine does not start {pod['metadata']['name']}: {started.stderr}")
        print(f"started {pod['metadata']['name']} {started.stdout.strip()}", flush=True)
        return started.stdout.strip()

    def deployment(self, one):
        name, generation = one["metadata"]["name"], one["metadata"]["generation"]
        if one["spec"]["replicas"] != 1:
            sys.exit(f"pods: all pods are in one network here: {name} cannot have {one['spec']['replicas']} replicas")
        digest = json.dumps(one["spec"]["template"], sort_keys=True)
        known = self.running.get(name)
        if known and known[0] == digest:
            self.look(one, known[1])
            return
        if known:
            subprocess.run(["docker", "rm", "-f", known[1]], capture_output=True)
        self.ready.discard(name)
        pod = self.created(f"{name}-{generation}", one["spec"]["template"])
        self.running[name] = (digest, self.run(pod))

    def look(self, one, container):
        """Whether its container still runs, and is ready, which its status then says."""
        name = one["metadata"]["name"]
        state = json.loads(subprocess.run(["docker", "inspect", "-f", "{{json .State}}", container], capture_output=True, text=True).stdout)
        if not state["Running"]:
            said = subprocess.run(["docker", "logs", "--tail", "60", container], capture_output=True, text=True)
            sys.exit(f"pods: {name} has ended with {state['ExitCode']}: {said.stdout}{said.stderr}")
        spec = one["spec"]["template"]["spec"]["containers"][0]
        if name not in self.ready and probed(spec, spec["readinessProbe"]["httpGet"]):
            self.ready.add(name)
        now, ready = time.strftime(NOW, time.gmtime()), len(self.ready & {name})
        conditions = [
            {"type": "Available", "status": "True" if ready else "False", "reason": "Probed", "lastUpdateTime": now, "lastTransitionTime": now}
        ]
        status = {"observedGeneration": one["metadata"]["generation"], "replicas": 1, "updatedReplicas": 1}
        status |= {"readyReplicas": ready, "availableReplicas": ready, "unavailableReplicas": 1 - ready, "conditions": conditions}
        if one.get("status", {}).get("readyReplicas", 0) != ready or one["status"].get("observedGeneration") != status["observedGeneration"]:
            path = f"/apis/apps/v1/namespaces/{self.namespace}/deployments/{name}/status"
            self.api.need("PATCH", path, {"status": status}, "application/merge-patch+json")

    def job(self, one):
        name = one["metadata"]["name"]
        uid = one["metadata"]["uid"]
        if any(condition["type"] == "Complete" for condition in one.get("status", {}).get("conditions", [])):
            return
        tries, container = self.tried.get(uid, (0, None))
        if container:
            state = json.loads(subprocess.run(["docker", "inspect", "-f", "{{json .State}}", container], capture_output=True, text=True).stdout)
            if state["Running"]:
                return
            said = subprocess.run(["docker", "logs", "--tail", "60", container], capture_output=True, text=True)
            subprocess.run(["docker", "rm", container], capture_output=True)
            print(f"ended {name} {state['ExitCode']} {(said.stdout + said.stderr).strip()}", flush=True)
            if state["ExitCode"] == 0:
                self.succeeded(one)
                return
            self.tried[uid] = (tries, None)
            time.sleep(10 * 2 ** (tries - 1))  # as the Job controller does
        if tries > one["spec"].get("backoffLimit", 6):
            sys.exit(f"pods: the Job {name} fails")
        pod = self.created(f"{name}-{uid[:4]}-{tries}", one["spec"]["template"])
        self.tried[uid] = (tries + 1, self.run(pod))

    def succeeded(self, one):
        now = time.strftime(NOW, time.gmtime())
        conditions = [
            {"type": kind, "status": "True", "reason": "CompletionsReached", "lastProbeTime": now, "lastTransitionTime": now}
            for kind in ("SuccessCriteriaMet", "Complete")
        ]
        status = {"startTime": one["metadata"]["creationTimestamp"], "completionTime": now, "succeeded": 1, "conditions": conditions}
        path = f"/apis/batch/v1/namespaces/{self.namespace}/jobs/{one['metadata']['name']}/status"
        self.api.need("PATCH", path, {"status": status}, "application/merge-patch+json")

    def follow(self):
        while True:
            for one in self.api.need("GET", "/api/v1/namespaces")["items"]:
                self.namespace_is_there(one["metadata"]["name"])
            for one in self.api.need("GET", f"/apis/apps/v1/namespaces/{self.namespace}/deployments")["items"]:
                self.deployment(one)
            for one in self.api.need("GET", f"/apis/batch/v1/namespaces/{self.namespace}/jobs")["items"]:
                self.job(one)
            if select.select([sys.stdin], [], [], 0.5)[0] and not sys.stdin.readline():
                return


def probed(container, probe):
    port = next((one["containerPort"] for one in container["ports"] if one["name"] == probe["port"]), probe["port"])
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{probe['path']}", timeout=3) as answer:
            return answer.status == 200
    except OSError:
        return False


def chosen(found, source):
    items = source.get("items")
    return {item["path"]: found[item["key"]] for item in items} if items else found


if __name__ == "__main__":
    Pods(Api(sys.argv[1]), *sys.argv[2:5]).follow()
