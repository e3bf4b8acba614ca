package io.errand.broker.identity.issuer;

import io.errand.broker.identity.issuer.ClusterProperties.Cluster;
import io.errand.broker.identity.jwt.KeySource;
import io.errand.broker.identity.jwt.TokenReviews;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/** Which clusters can be asked for keys: those of the configuration, and the one that the service runs in. */
@Component
class KubernetesClusters {

    /** Address, certificates and token of every pod's own cluster. */
    static final String IN_CLUSTER = "in_cluster";

    private static final Path SERVICE_ACCOUNT = Path.of("/var/run/secrets/kubernetes.io/serviceaccount");

    private final Map<String, Cluster> configured;
    private final @Nullable Cluster own;
    private final Map<String, ApiServer> servers = new ConcurrentHashMap<>();

    KubernetesClusters(ClusterProperties properties, Environment environment) {
        configured = properties.clusters();
        Cluster settings = configured.get(IN_CLUSTER);
        own = own(environment, settings != null && settings.tokenReview());
    }

    /** Why no cluster of that name can be asked, as a sentence; empty: one can. */
    Optional<String> problem(String name) {
        if (find(name).isPresent()) {
            return Optional.empty();
        }
        return Optional.of(
                name.equals(IN_CLUSTER)
                        ? "The service does not run in a Kubernetes cluster; name one of errand.clusters."
                        : "errand.clusters has no '" + name + "'; the service's operator adds it.");
    }

    /** @param iss what the API server must say that its tokens' issuer is */
    KeySource keys(String name, String iss) {
        return find(name)
                .<KeySource>map(cluster -> new KubernetesKeys(name, iss, server(name, cluster)))
                .orElseGet(() -> () -> new KeySource.Failed(problem(name).orElse(name)));
    }

    /** What is asked about each of the cluster's tokens. */
    TokenReviews reviews(String name) {
        return find(name)
                .filter(Cluster::tokenReview)
                .<TokenReviews>map(cluster -> new KubernetesReviews(name, server(name, cluster)))
                .orElse(TokenReviews.NONE);
    }

    private ApiServer server(String name, Cluster cluster) {
        return servers.computeIfAbsent(name, key -> new ApiServer(cluster));
    }

    private Optional<Cluster> find(String name) {
        Cluster found = configured.get(name);
        return found != null && found.server() != null
                ? Optional.of(found)
                : name.equals(IN_CLUSTER) ? Optional.ofNullable(own) : Optional.empty();
    }

    /** As every client in a pod finds it (Kubernetes, "Accessing the API from a Pod"). */
    private static @Nullable Cluster own(Environment environment, boolean tokenReview) {
        String host = environment.getProperty("KUBERNETES_SERVICE_HOST");
        String port = environment.getProperty("KUBERNETES_SERVICE_PORT");
        if (host == null || port == null) {
            return null;
        }
        String literal = host.contains(":") ? "[" + host + "]" : host;
        return new Cluster(
                URI.create("https://" + literal + ":" + port),
                SERVICE_ACCOUNT.resolve("ca.crt"),
                SERVICE_ACCOUNT.resolve("token"),
                tokenReview);
    }
}
