package io.errand.broker.identity.issuer;

import io.errand.broker.shared.Names;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Kubernetes clusters whose API servers are asked for the keys of service account tokens ({@code errand.clusters.<name>}). They are
 * configured with the service, never by its API, which must not name files.
 */
@ConfigurationProperties("errand")
record ClusterProperties(@DefaultValue Map<String, Cluster> clusters) {

    ClusterProperties {
        clusters.forEach(ClusterProperties::check);
        clusters = Map.copyOf(clusters);
    }

    /**
     * One cluster.
     *
     * @param server its API server, {@code https://host:port}
     * @param caFile the certificates (PEM) that its own is signed by; absent: those that the JDK trusts
     * @param tokenFile a token that may read {@code /.well-known/openid-configuration} and {@code /openid/v1/jwks} there, as every
     *     service account may by default; absent: strangers may. Both files are read each time that keys are asked for
     * @param tokenReview whether the API server is also asked about each token (TokenReview), so that one of a deleted pod or service
     *     account is refused at once instead of at its end; its own token must be allowed to create {@code tokenreviews}. Of
     *     {@code in_cluster} this alone need be set
     */
    record Cluster(
            @Nullable URI server,
            @Nullable Path caFile,
            @Nullable Path tokenFile,
            @DefaultValue("false") boolean tokenReview) {}

    private static void check(String name, Cluster cluster) {
        String key = "errand.clusters." + name;
        require(Names.check(name).isEmpty(), key + " is not a name: use a-z, 0-9, '.', '_' and '-'");
        URI server = cluster.server();
        boolean isOwn = name.equals(KubernetesClusters.IN_CLUSTER) && server == null;
        require(
                !isOwn || (cluster.caFile() == null && cluster.tokenFile() == null),
                key + " has files and no server: a pod's own cluster has its own");
        require(
                isOwn
                        || (server != null
                                && "https".equals(server.getScheme())
                                && server.getHost() != null
                                && server.getRawUserInfo() == null
                                && server.getRawQuery() == null
                                && server.getRawFragment() == null),
                key + ".server must be the https URL of the cluster's API server, for example https://10.0.0.1:6443");
        readable(key + ".ca-file", cluster.caFile());
        readable(key + ".token-file", cluster.tokenFile());
    }

    private static void readable(String key, @Nullable Path file) {
        require(file == null || Files.isReadable(file), key + " names a file that cannot be read: " + file);
    }

    private static void require(boolean good, String sentence) {
        if (!good) {
            throw new IllegalArgumentException(sentence);
        }
    }
}
