"""chart_on_server.py HELM KUBECONFIG DIR: the chart on a real API server, which validates and stores, and runs nothing."""

import json
import pathlib
import ssl
import subprocess
import sys
import urllib.error
import urllib.request

import yaml

HELM, KUBECONFIG, WORK = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
SETTINGS = yaml.safe_load(pathlib.Path(KUBECONFIG).read_text())
CLUSTER = SETTINGS["clusters"][0]["cluster"]
TLS = ssl.create_default_context(cafile=CLUSTER["certificate-authority"])
TOKEN = SETTINGS["users"][0]["user"]["token"]
EVERYTHING = {
    "targets": {"orders": {"url": "jdbc:postgresql://orders:5432/orders", "username": "errand", "existingSecret": "at-orders"}},
    "vault": {"address": "https://vault:8200", "caConfigMap": "vault-ca"},
    "admin": {"issuer": "https://login.example", "clientId": "console"},
    "ingress": {"enabled": True, "hosts": ["errand.example"], "tls": [{"secretName": "tls", "hosts": ["errand.example"]}]},
    "httpRoute": {"enabled": True, "parentRefs": [{"name": "gateway"}]},
    "autoscaling": {"enabled": True},
    "networkPolicy": {"enabled": True, "egress": [{"ports": [{"port": 5432, "protocol": "TCP"}]}]},
    "metrics": {"serviceMonitor": {"enabled": True}, "prometheusRule": {"enabled": True}, "dashboard": {"enabled": True}},
    "migration": {"mode": "job", "existingSecret": "owner", "serviceLogin": "errand"},
    "apply": {"enabled": True, "existingSecret": "admin", "configMaps": ["agents"], "url": "https://errand.example"},
    "kubernetes": {"tokenReview": True},
    "proxy": {"trusted": ["10.1.2.0/24"], "clientCertificate": {"format": "xfcc"}},
    "tls": {"existingSecret": "tls", "clientCaConfigMap": "clients"},
    "outboundCaConfigMap": "corp",
}
# Kinds of others: here they are stored as they come, so nothing of theirs is validated.
OTHERS = (
    ("gateway.networking.k8s.io", "HTTPRoute", "httproutes"),
    ("monitoring.coreos.com", "ServiceMonitor", "servicemonitors"),
    ("monitoring.coreos.com", "PrometheusRule", "prometheusrules"),
)
PATHS = {
    "ConfigMap": "/api/v1/namespaces/{}/configmaps",
    "Service": "/api/v1/namespaces/{}/services",
    "ServiceAccount": "/api/v1/namespaces/{}/serviceaccounts",
    "Deployment": "/apis/apps/v1/namespaces/{}/deployments",
    "Job": "/apis/batch/v1/namespaces/{}/jobs",
    "PodDisruptionBudget": "/apis/policy/v1/namespaces/{}/poddisruptionbudgets",
    "HorizontalPodAutoscaler": "/apis/autoscaling/v2/namespaces/{}/horizontalpodautoscalers",
    "NetworkPolicy": "/apis/networking.k8s.io/v1/namespaces/{}/networkpolicies",
    "Ingress": "/apis/networking.k8s.io/v1/namespaces/{}/ingresses",
    "ClusterRole": "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "ClusterRoleBinding": "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
}


def api(method, path, body=None, content="application/json"):
    request = urllib.request.Request(CLUSTER["server"] + path, json.dumps(body).encode() if body is not None else None, method=method)
    request.add_header("Authorization", f"Bearer {TOKEN}")
    request.add_header("Content-Type", content)
    try:
        with urllib.request.urlopen(request, context=TLS, timeout=30) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as refused:
        return refused.code, json.loads(refused.read())


def need(answer, what):
    if answer[0] not in (200, 201):
        sys.exit(f"chart: {what}: {answer[0]} {answer[1].get('message', answer[1])}")
    return answer[1]


def helm(*arguments, values=None):
    command = [HELM, *arguments, "--kubeconfig", KUBECONFIG]
    if arguments[0] == "template":
        command += ["--kube-version", "1.33.0"]
    if values is not None:
        command += ["-f", "-"]
    done = subprocess.run(command, input=yaml.safe_dump(values or {}), capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"chart: helm {' '.join(arguments)}: {done.stderr}")
    return done.stdout


def namespace(name):
    labels = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn")}
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
    need(api("POST", "/api/v1/namespaces", body), f"the namespace {name}")


def custom_kinds():
    for group, kind, plural in OTHERS:
        anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
        names = {"kind": kind, "plural": plural, "singular": kind.lower()}
        versions = [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": anything}}]
        metadata = {"name": f"{plural}.{group}", "annotations": {"api-approved.kubernetes.io": "unapproved, for a test"}}
        spec = {"group": group, "scope": "Namespaced", "names": names, "versions": versions}
        body = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": metadata, "spec": spec}
        need(api("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", body), kind)


def validated(rendered, where):
    """Each manifest is created by the server with strict validation of its members, and the pods that its templates describe."""
    seen, pods = 0, 0
    for one in yaml.safe_load_all(rendered):
        if not one or one["kind"] not in PATHS:
            continue
        path = PATHS[one["kind"]].format(where) + "?fieldValidation=Strict&dryRun=All"
        need(api("POST", path, one), f"{one['kind']} {one['metadata']['name']}")
        seen += 1
        if one["kind"] in ("Deployment", "Job"):
            template = one["spec"]["template"]
            template["spec"]["serviceAccountName"] = "default"
            metadata = {"name": f"{one['metadata']['name']}-tried"[-60:], "labels": template["metadata"].get("labels", {})}
            body = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}
            need(api("POST", f"/api/v1/namespaces/{where}/pods?fieldValidation=Strict", body), f"the pod of {one['metadata']['name']}")
            pods += 1
    return seen, pods


def parent():
    chart = WORK / "parent"
    (chart / "charts").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: parent\nversion: 1.0.0\n")
    subprocess.run(["cp", "-r", "helm/errand", chart / "charts" / "errand"], check=True)
    return str(chart)


def main():
    least = yaml.safe_load(pathlib.Path("interop/chart-values.yaml").read_text())
    everything = least | EVERYTHING
    namespace("alone")
    namespace("under")
    for where in ("alone", "under"):
        account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}
        api("POST", f"/api/v1/namespaces/{where}/serviceaccounts", account)
    careless = {"containers": [{"name": "x", "image": "x"}]}
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "careless"}, "spec": careless}
    status, refusal = api("POST", "/api/v1/namespaces/alone/pods", body)
    assert status == 403 and "restricted" in refusal["message"], f"the restricted standard is not enforced here: {refusal}"
    custom_kinds()
    seen, pods = validated(helm("template", "prod", "helm/errand", "--namespace", "alone", values=everything), "alone")
    print(f"  {seen} manifests are valid to the server, and {pods} pods are allowed by the restricted standard")
    seen, pods = validated(helm("template", "prod", parent(), "--namespace", "under", values={"errand": everything, "global": {"a": 1}}), "under")
    print(f"  the same as a parent's subchart: {seen} manifests, {pods} pods")

    # Hooks are Jobs, and nothing runs here: they are left out of what is installed.
    installed = everything | {"migration": {"mode": "none"}, "apply": {"enabled": False}}
    helm("install", "prod", "helm/errand", "--namespace", "alone", values=installed)
    path = "/apis/apps/v1/namespaces/alone/deployments/prod-errand"
    before = need(api("GET", path), "the deployment")["spec"]["template"]["metadata"]["annotations"]["checksum/config"]
    helm("upgrade", "prod", "helm/errand", "--namespace", "alone", values=installed | {"issuer": "https://other.example"})
    after = need(api("GET", path), "the deployment")["spec"]["template"]["metadata"]["annotations"]["checksum/config"]
    assert before != after, "an upgrade with another configuration makes no new pods"
    helm("upgrade", "prod", "helm/errand", "--namespace", "alone", values=least | {"migration": {"mode": "none"}})
    assert api("GET", "/apis/networking.k8s.io/v1/namespaces/alone/networkpolicies/prod-errand")[0] == 404
    helm("uninstall", "prod", "--namespace", "alone")
    assert api("GET", path)[0] == 404, "something is left after uninstall"
    assert api("GET", PATHS["ClusterRole"] + "/alone-prod-errand-token-review")[0] == 404, "a cluster role is left after uninstall"
    helm("install", "prod", str(WORK / "parent"), "--namespace", "under", values={"errand": installed, "global": {"a": 1}})
    helm("uninstall", "prod", "--namespace", "under")
    print("  installed, upgraded twice and uninstalled, alone and as a subchart")


if __name__ == "__main__":
    main()
