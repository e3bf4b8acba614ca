"""chart_cases.py HELM: each switch of the chart by itself, with `helm template`."""

import functools
import pathlib
import subprocess
import sys

import yaml

HELM = sys.argv[1]
CHART = "helm/errand"
ORDERS = {"url": "jdbc:postgresql://orders:5432/orders", "username": "errand", "existingSecret": "errand-at-orders"}
GITHUB = {"url": "https://github-credentials.example", "existingSecret": "errand-at-github"}


@functools.cache
def rendered(text, release):
    # A Helm that was built from source knows of no newer server than 1.20.
    command = [HELM, "template", release, CHART, "--kube-version", "1.33.0", "-f", "interop/chart-values.yaml", "-f", "-"]
    return subprocess.run(command, input=text, capture_output=True, text=True)


def render(values=None, release="prod"):
    return rendered(yaml.safe_dump(values or {}), release)


def documents(values=None, release="prod"):
    done = render(values, release)
    assert done.returncode == 0, done.stderr
    return {(one["kind"], one["metadata"]["name"]): one for one in yaml.safe_load_all(done.stdout) if one}


def refused(values, words):
    done = render(values)
    assert done.returncode != 0, f"{values} is not refused"
    assert words in done.stderr, done.stderr


def pod(values=None):
    return documents(values)[("Deployment", "prod-errand")]["spec"]["template"]


def container(values=None):
    return pod(values)["spec"]["containers"][0]


def settings(values=None):
    return yaml.safe_load(documents(values)[("ConfigMap", "prod-errand")]["data"]["application.yaml"])


def kinds(values=None):
    return sorted(kind for kind, _ in documents(values))


def the_least_is_a_deployment_two_services_a_budget_and_no_secret():
    expected = ["ConfigMap", "Deployment", "PodDisruptionBudget", "Service", "Service", "ServiceAccount"]
    assert kinds() == expected, kinds()


def a_missing_or_misspelled_value_is_refused_by_name():
    refused({"issuer": ""}, "issuer")
    refused({"issuer": "https://errand.example/"}, "issuer")
    refused({"database": {"existingSecret": ""}}, "existingSecret")
    refused({"replicas": 3}, "replicas")
    refused({"targets": {"orders": {"url": ORDERS["url"]}}}, "targets.orders needs url, username and existingSecret")
    refused({"httpTargets": {"github": {"timeout": "PT10S"}}}, "url")
    refused({"httpTargets": {"github": {"url": "http://github-credentials.example"}}}, "url")
    refused({"httpTargets": {"github": {"url": "https://github-credentials.example/"}}}, "url")
    refused({"migration": {"mode": "job"}}, "migration.existingSecret")
    refused({"migration": {"mode": "never"}}, "mode")
    refused({"apply": {"enabled": True}}, "apply.existingSecret")
    refused({"proxy": {"clientCertificate": {"format": "pem"}}}, "proxy.trusted")
    refused({"proxy": {"trusted": ["ingress-nginx"]}}, "trusted")
    refused({"kubernetes": {"inCluster": False, "tokenReview": True}}, "kubernetes.inCluster")
    refused({"tls": {"clientCaConfigMap": "ca"}}, "tls.existingSecret")
    refused({"tls": {"existingSecret": "tls"}, "apply": {"enabled": True, "existingSecret": "a", "configMaps": ["b"]}}, "apply.url")


def a_parents_global_is_allowed():
    documents({"global": {"imageRegistry": "registry.example"}})


def a_digest_stands_above_a_tag():
    assert container()["image"] == "errand:0.1.0-SNAPSHOT"
    assert container({"image": {"tag": "1"}})["image"] == "errand:1"
    digest = "sha256:" + "a" * 64
    assert container({"image": {"tag": "1", "digest": digest}})["image"] == "errand@" + digest


def secrets_are_files_and_never_settings():
    given = pod({"targets": {"orders": ORDERS}})["spec"]
    volumes = {one["name"]: one for one in given["volumes"]}
    assert volumes["database"]["secret"] == {"secretName": "errand-database", "items": [{"key": "password", "path": "password"}]}
    assert settings()["errand"]["database"]["password-file"] == "/etc/errand/database/password"
    assert volumes["target-orders"]["secret"]["secretName"] == "errand-at-orders"
    target = settings({"targets": {"orders": ORDERS}})["errand"]["targets"]["orders"]
    assert target["password-file"] == "/etc/errand/targets/orders/password" and "password" not in target
    environment = {one["name"] for one in given["containers"][0]["env"]}
    assert not any("PASSWORD" in name or "KEY" in name for name in environment), environment


def a_service_that_makes_credentials_is_shown_a_certificate_if_there_is_one():
    given = pod({"httpTargets": {"git.hub": GITHUB, "plain": {"url": "https://plain.example", "timeout": "PT10S"}}})["spec"]
    volumes = {one["name"]: one for one in given["volumes"]}
    assert volumes["http-target-git-hub"]["secret"]["secretName"] == "errand-at-github" and "http-target-plain" not in volumes
    mounts = {one["name"]: one for one in given["containers"][0]["volumeMounts"]}
    found = settings({"httpTargets": {"git.hub": GITHUB, "plain": {"url": "https://plain.example", "timeout": "PT10S"}}})
    shown = found["errand"]["http-targets"]["git.hub"]
    assert shown["url"] == GITHUB["url"] and mounts["http-target-git-hub"]["readOnly"]
    # A mount of a subPath would not see a renewed one.
    assert "subPath" not in mounts["http-target-git-hub"]
    assert shown["certificate-file"] == mounts["http-target-git-hub"]["mountPath"] + "/tls.crt"
    assert shown["key-file"] == mounts["http-target-git-hub"]["mountPath"] + "/tls.key"
    assert found["errand"]["http-targets"]["plain"] == {"url": "https://plain.example", "timeout": "PT10S"}


def each_pod_is_what_the_restricted_standard_asks_for():
    values = {
        "migration": {"mode": "job", "existingSecret": "owner", "serviceLogin": "errand"},
        "apply": {"enabled": True, "existingSecret": "admin", "configMaps": ["agents"]},
    }
    found = [one["spec"]["template"]["spec"] for (kind, _), one in documents(values).items() if kind in ("Deployment", "Job")]
    assert len(found) == 3
    for spec in found:
        assert spec["securityContext"]["runAsNonRoot"] and spec["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault"
        for one in spec["containers"]:
            security = one["securityContext"]
            assert security["readOnlyRootFilesystem"] and not security["allowPrivilegeEscalation"]
            assert security["capabilities"]["drop"] == ["ALL"]


def the_pods_are_made_anew_when_their_configuration_changes():
    checksum = [pod(one)["metadata"]["annotations"]["checksum/config"] for one in ({}, {"config": {"errand": {"task": {"x": 1}}}})]
    assert checksum[0] != checksum[1]


def configuration_of_ones_own_stands_above_the_charts():
    given = settings({"config": {"server": {"port": 9000, "forward-headers-strategy": "native"}}})
    assert given["server"]["forward-headers-strategy"] == "native" and given["errand"]["issuer"] == "https://errand.example"


def migrations_are_a_choice():
    assert "flyway" not in settings()["spring"]
    assert settings({"migration": {"mode": "none"}})["spring"]["flyway"] == {"enabled": False}
    values = {"migration": {"mode": "job", "existingSecret": "owner", "serviceLogin": "errand"}}
    assert settings(values)["spring"]["flyway"] == {"enabled": False}
    job = documents(values)[("Job", "prod-errand-migration")]
    hooks = job["metadata"]["annotations"]
    assert hooks["helm.sh/hook"] == "pre-install,pre-upgrade" and hooks["argocd.argoproj.io/hook"] == "PreSync"
    volumes = {one["name"]: one for one in job["spec"]["template"]["spec"]["volumes"]}
    assert volumes["secrets"]["secret"]["secretName"] == "owner"


def resources_are_applied_from_config_maps():
    values = {"apply": {"enabled": True, "existingSecret": "admin", "configMaps": ["agents", "tools"]}}
    job = documents(values)[("Job", "prod-errand-apply")]["spec"]["template"]["spec"]
    assert job["containers"][0]["command"][-3:] == ["apply", "-f", "/resources"]
    sources = next(one for one in job["volumes"] if one["name"] == "resources")["projected"]["sources"]
    names = [one["configMap"]["name"] for one in sources]
    assert names == ["agents", "tools"]


def vault_is_shown_a_projected_token():
    values = {"vault": {"address": "https://vault:8200", "caConfigMap": "vault-ca"}}
    volumes = {one["name"]: one for one in pod(values)["spec"]["volumes"]}
    token = volumes["vault-token"]["projected"]["sources"][0]["serviceAccountToken"]
    assert token == {"path": "token", "audience": "vault", "expirationSeconds": 3600}
    vault = settings(values)["errand"]["vault"]
    assert vault["auth"]["jwt-file"] == "/var/run/secrets/errand/vault/token" and vault["ca-file"] == "/etc/errand/vault-ca/ca.crt"


def each_container_finds_the_authorities():
    values = EVERYTHING | {"outboundCaConfigMap": "corp"}
    found = [one["spec"]["template"]["spec"] for (kind, _), one in documents(values).items() if kind in ("Deployment", "Job")]
    assert len(found) == 3
    for spec in found:
        volumes = {one["name"]: one for one in spec["volumes"]}
        assert volumes["outbound-ca"]["configMap"]["name"] == "corp"
        mounts = {one["name"]: one["mountPath"] for one in spec["containers"][0]["volumeMounts"]}
        assert mounts["outbound-ca"] == "/etc/errand/outbound-ca" and set(mounts) == set(volumes)
    given = documents(values)[("Job", "prod-errand-apply")]["spec"]["template"]["spec"]["containers"][0]["env"]
    assert {"name": "ERRAND_CA_FILE", "value": "/etc/errand/outbound-ca/ca.crt"} in given
    given = documents(values | {"outboundCaConfigMap": ""})[("Job", "prod-errand-apply")]["spec"]["template"]["spec"]["containers"][0]
    assert not any(one["name"] == "ERRAND_CA_FILE" for one in given["env"])


def administrators_are_configured():
    assert "admin" not in settings()["errand"]
    given = settings({"admin": {"issuer": "https://login.example", "clientId": "console"}})["errand"]
    assert given["admin"]["issuer"] == "https://login.example" and given["console"]["client-id"] == "console"


def the_management_port_is_apart_and_probed():
    values = {"management": {"port": 9443}, "ingress": {"enabled": True, "hosts": ["errand.example"]}}
    given = documents(values)
    one = given[("Deployment", "prod-errand")]["spec"]["template"]["spec"]["containers"][0]
    probes = {one[kind]["httpGet"]["port"] for kind in ("startupProbe", "livenessProbe", "readinessProbe")}
    assert probes == {"management"} and settings(values)["management"]["server"]["port"] == 9443
    assert [port["name"] for port in given[("Service", "prod-errand")]["spec"]["ports"]] == ["http"]
    path = given[("Ingress", "prod-errand")]["spec"]["rules"][0]["http"]["paths"][0]
    assert path["backend"]["service"] == {"name": "prod-errand", "port": {"name": "http"}}


def a_route_of_the_gateway_api():
    values = {"httpRoute": {"enabled": True, "parentRefs": [{"name": "gateway"}], "hostnames": ["errand.example"]}}
    route = documents(values)[("HTTPRoute", "prod-errand")]["spec"]
    assert route["rules"][0]["backendRefs"] == [{"name": "prod-errand", "port": 9000}]


def an_autoscaler_takes_the_replicas():
    assert documents()[("Deployment", "prod-errand")]["spec"]["replicas"] == 2
    given = documents({"autoscaling": {"enabled": True}})
    assert "replicas" not in given[("Deployment", "prod-errand")]["spec"]
    assert given[("HorizontalPodAutoscaler", "prod-errand")]["spec"]["maxReplicas"] == 6


def a_budget_and_a_spread():
    assert ("PodDisruptionBudget", "prod-errand") not in documents({"podDisruptionBudget": {"enabled": False}})
    spread = pod()["spec"]["topologySpreadConstraints"]
    assert len(spread) == 2 and all(one["labelSelector"]["matchLabels"] for one in spread)


def the_network_is_closed_but_for_what_is_named():
    given = documents({"networkPolicy": {"enabled": True, "egress": [{"ports": [{"port": 5432}]}]}})
    policy = given[("NetworkPolicy", "prod-errand")]["spec"]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert [port["port"] for rule in policy["ingress"] for port in rule["ports"]] == ["http"]
    assert [port["port"] for rule in policy["egress"] for port in rule["ports"]] == [53, 53, 443, 6443, 5432]


def prometheus_finds_and_watches():
    both = {"metrics": {"serviceMonitor": {"enabled": True}, "prometheusRule": {"enabled": True}}}
    given = documents(both)
    assert given[("ServiceMonitor", "prod-errand")]["spec"]["endpoints"][0]["path"] == "/actuator/prometheus"
    rules = given[("PrometheusRule", "prod-errand")]["spec"]["groups"][0]["rules"]
    assert len(rules) > 3 and "{{ $value }}" in rules[0]["annotations"]["summary"]


def grafana_finds_the_dashboard():
    import json

    given = documents({"metrics": {"dashboard": {"enabled": True, "annotations": {"grafana_folder": "Agents"}}}})
    dashboard = given[("ConfigMap", "prod-errand-dashboard")]
    assert dashboard["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert dashboard["metadata"]["annotations"]["grafana_folder"] == "Agents"
    assert len(json.loads(dashboard["data"]["errand.json"])["panels"]) > 10
    assert ("ConfigMap", "prod-errand-dashboard") not in documents({})


def extras_reach_the_pod():
    volume = {"name": "more", "emptyDir": {}}
    given = pod(
        {
            "extraEnv": [{"name": "A", "value": "b"}],
            "extraEnvFrom": [{"configMapRef": {"name": "c"}}],
            "extraVolumes": [volume],
            "extraVolumeMounts": [{"name": "more", "mountPath": "/more"}],
            "extraInitContainers": [{"name": "first", "image": "first"}],
            "podLabels": {"team": "ap"},
            "podAnnotations": {"note": "x"},
        }
    )
    one = given["spec"]["containers"][0]
    assert {"name": "A", "value": "b"} in one["env"] and one["envFrom"] == [{"configMapRef": {"name": "c"}}]
    assert volume in given["spec"]["volumes"] and {"name": "more", "mountPath": "/more"} in one["volumeMounts"]
    assert given["spec"]["initContainers"][0]["name"] == "first"
    assert given["metadata"]["labels"]["team"] == "ap" and given["metadata"]["annotations"]["note"] == "x"


def the_pods_own_token_is_there_only_for_this_clusters_keys():
    assert pod()["spec"]["automountServiceAccountToken"] is True
    assert pod({"kubernetes": {"inCluster": False}})["spec"]["automountServiceAccountToken"] is False


def tokens_are_reviewed_only_where_that_is_asked_for():
    assert not any(kind == "ClusterRole" for kind, _ in documents())
    values = {"kubernetes": {"tokenReview": True}, "serviceAccount": {"name": "mine"}}
    given = {kind: one for (kind, _), one in documents(values).items()}
    assert given["ClusterRole"]["rules"] == [{"apiGroups": ["authentication.k8s.io"], "resources": ["tokenreviews"], "verbs": ["create"]}]
    assert given["ClusterRoleBinding"]["roleRef"]["name"] == given["ClusterRole"]["metadata"]["name"]
    assert given["ClusterRoleBinding"]["subjects"] == [{"kind": "ServiceAccount", "name": "mine", "namespace": "default"}]
    assert settings(values)["errand"]["clusters"] == {"in_cluster": {"token-review": True}}


def a_proxys_word_counts_where_it_is_named():
    assert "proxy" not in settings()["errand"]
    values = {"proxy": {"trusted": ["10.1.2.0/24"], "clientCertificate": {"format": "xfcc"}}}
    assert settings(values)["errand"]["proxy"] == {"trusted": ["10.1.2.0/24"], "client-certificate": {"format": "xfcc"}}


def tls_of_its_own_and_who_signed_others():
    values = {"tls": {"existingSecret": "mine", "clientCaConfigMap": "clients"}, "outboundCaConfigMap": "corp"}
    given = settings(values)
    assert given["server"]["ssl"] == {"bundle": "service", "client-auth": "want"}
    bundle = given["spring"]["ssl"]["bundle"]["pem"]["service"]
    assert bundle["reload-on-update"] and bundle["keystore"]["private-key"] == "file:/etc/errand/tls/tls.key"
    assert given["errand"]["outbound"]["ca-file"] == "/etc/errand/outbound-ca/ca.crt"
    volumes = {one["name"]: one for one in pod(values)["spec"]["volumes"]}
    assert volumes["tls"]["secret"]["secretName"] == "mine" and volumes["client-ca"]["configMap"]["name"] == "clients"
    assert volumes["outbound-ca"]["configMap"]["name"] == "corp"
    mounted = {one["name"] for one in container(values)["volumeMounts"]}
    assert mounted == set(volumes)
    job = {"url": "https://errand.example", "enabled": True, "existingSecret": "a", "configMaps": ["b"]}
    apply = documents(values | {"apply": job})[("Job", "prod-errand-apply")]["spec"]["template"]["spec"]["containers"][0]
    assert apply["env"][0] == {"name": "ERRAND_URL", "value": "https://errand.example"}


EVERYTHING = {
    "targets": {"orders": ORDERS},
    "httpTargets": {"github": GITHUB},
    "vault": {"address": "https://vault:8200", "caConfigMap": "vault-ca"},
    "admin": {"issuer": "https://login.example", "clientId": "console", "jwksUri": "https://login.example/keys"},
    "ingress": {"enabled": True, "hosts": ["errand.example"]},
    "httpRoute": {"enabled": True, "parentRefs": [{"name": "gateway"}]},
    "networkPolicy": {"enabled": True, "metricsFrom": [{"podSelector": {}}]},
    "metrics": {"serviceMonitor": {"enabled": True}, "prometheusRule": {"enabled": True}, "dashboard": {"enabled": True}},
    "migration": {"mode": "job", "existingSecret": "owner", "serviceLogin": "errand"},
    "apply": {"enabled": True, "existingSecret": "admin", "configMaps": ["agents"], "url": "https://errand.example"},
    "proxy": {"trusted": ["10.1.2.0/24"], "clientCertificate": {"format": "xfcc"}},
    "tls": {"existingSecret": "tls", "clientCaConfigMap": "clients"},
    "outboundCaConfigMap": "corp",
    "image": {"tag": "1"},
}
# What is tried where "changed" is not a value of its kind.
OTHER_VALUES = {
    "image.digest": "sha256:" + "a" * 64,
    "image.pullPolicy": "Always",
    "issuer": "https://changed.example",
    "database.url": "jdbc:postgresql://changed:5432/errand",
    "migration.mode": "none",
    "targets": {"changed": ORDERS},
    "httpTargets": {"changed": GITHUB},
    "admin.issuer": "https://changed.example",
    "admin.jwksUri": "https://changed.example",
    "vault.address": "https://changed",
    "vault.method": "jwt",
    "apply.url": "https://changed",
    "service.type": "NodePort",
    "config": {"changed": True},
    "proxy.trusted": ["10.1.3.0/24"],
    "proxy.clientCertificate.format": "pem",
    "podDisruptionBudget.maxUnavailable": 2,
    "networkPolicy.from": [{"podSelector": {}}],
    "networkPolicy.metricsFrom": [{"namespaceSelector": {}}],
    "networkPolicy.egress": [{"ports": [{"port": 1}]}],
    "metrics.serviceMonitor.interval": "31s",
    "ingress.tls": [{"secretName": "changed"}],
    "httpRoute.parentRefs": [{"name": "changed"}],
    "topologySpreadConstraints": [],
    "tolerations": [{"key": "changed"}],
    "extraEnv": [{"name": "CHANGED", "value": "x"}],
    "extraEnvFrom": [{"secretRef": {"name": "changed"}}],
    "extraVolumes": [{"name": "changed", "emptyDir": {}}],
    "extraVolumeMounts": [{"name": "tmp", "mountPath": "/changed"}],
    "extraInitContainers": [{"name": "changed", "image": "changed"}],
    "imagePullSecrets": [{"name": "changed"}],
}
# Where another value stands above one.
WITHOUT = {"replicaCount": {}, "autoscaling": {"autoscaling": {"enabled": True}}, "serviceAccount.name": {"serviceAccount": {"create": False}}}


def leaves(values, path=""):
    for name, value in values.items():
        here = f"{path}.{name}" if path else name
        if isinstance(value, dict) and value and here != "resources":
            yield from leaves(value, here)
        else:
            yield here, value


def changed(path, value):
    if path in OTHER_VALUES:
        return OTHER_VALUES[path]
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, dict):
        return {"changed": "yes"}
    return ["changed"] if isinstance(value, list) else "changed"


def merged(one, other):
    both = dict(one)
    for name, value in other.items():
        both[name] = merged(both[name], value) if isinstance(value, dict) and isinstance(both.get(name), dict) else value
    return both


def each_value_changes_something():
    given = yaml.safe_load(pathlib.Path(f"{CHART}/values.yaml").read_text())
    without_effect = []
    for path, value in leaves(given):
        base = EVERYTHING
        for prefix, more in WITHOUT.items():
            base = merged(base, more) if path.startswith(prefix) else base
        at = change = {}
        for name in path.split(".")[:-1]:
            at[name] = {}
            at = at[name]
        at[path.split(".")[-1]] = changed(path, dict(leaves(merged(given, base))).get(path, value))
        done = render(merged(base, change))
        assert done.returncode == 0, f"{path}: {done.stderr}"
        if done.stdout == render(base).stdout:
            without_effect.append(path)
    assert not without_effect, f"these change nothing: {without_effect}"


def names_are_ones_own():
    assert ("Deployment", "broker") in documents({"fullnameOverride": "broker"})
    assert ("Deployment", "errand") in documents(release="errand")
    given = pod({"serviceAccount": {"create": False, "name": "mine"}})
    assert given["spec"]["serviceAccountName"] == "mine"


def main():
    cases = [one for name, one in sorted(globals().items()) if callable(one) and getattr(one, "__module__", "") == "__main__"]
    helpers = {rendered, render, documents, refused, pod, container, settings, kinds, leaves, changed, merged, main}
    failed = 0
    for case in cases:
        if case not in helpers:
            try:
                case()
                print(f"  {case.__name__.replace('_', ' ')}")
            except (AssertionError, KeyError, IndexError) as fault:
                failed += 1
                print(f"  FAILED: {case.__name__.replace('_', ' ')}: {type(fault).__name__} {fault}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
