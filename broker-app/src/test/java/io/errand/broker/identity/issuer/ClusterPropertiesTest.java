package io.errand.broker.identity.issuer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.errand.broker.identity.issuer.ClusterProperties.Cluster;
import io.errand.broker.identity.jwt.KeySource;
import io.errand.broker.identity.jwt.TokenReviews;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.mock.env.MockEnvironment;

/** A wrong setting is refused by its key before the service starts; an unknown cluster when its issuer is registered. */
class ClusterPropertiesTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://10.0.0.1:6443",
                "https://user@10.0.0.1",
                "https://10.0.0.1?x=y",
                "https://10.0.0.1#x",
                "10.0.0.1"
            })
    void whatIsNoApiServersAddressIsRefused(String server) {
        refused("prod", new Cluster(URI.create(server), null, null, false), "errand.clusters.prod.server must be");
    }

    @Test
    void aMissingAddressFileOrNameIsRefused() {
        refused("prod", new Cluster(null, null, null, false), "errand.clusters.prod.server must be");
        refused("prod", cluster(Path.of("/nowhere/ca.crt")), "errand.clusters.prod.ca-file names a file");
        refused("Prod/1", cluster(null), "is not a name");
    }

    @Test
    void aClusterThatNobodyConfiguredCannotBeAsked() {
        KubernetesClusters none = new KubernetesClusters(new ClusterProperties(Map.of()), new MockEnvironment());

        assertThat(none.problem("prod")).hasValue("errand.clusters has no 'prod'; the service's operator adds it.");
        assertThat(none.problem("in_cluster")).isPresent();
        assertThat(none.keys("prod", "https://issuer.example").fetch()).isInstanceOf(KeySource.Failed.class);
    }

    @Test
    void theOwnClusterIsWhatEveryPodIsTold() {
        MockEnvironment pod = new MockEnvironment()
                .withProperty("KUBERNETES_SERVICE_HOST", "fd00::1")
                .withProperty("KUBERNETES_SERVICE_PORT", "443");

        assertThat(new KubernetesClusters(new ClusterProperties(Map.of()), pod).problem("in_cluster"))
                .isEmpty();
    }

    @Test
    void ofTheOwnClusterReviewsAloneMayBeAskedFor() {
        MockEnvironment pod = new MockEnvironment()
                .withProperty("KUBERNETES_SERVICE_HOST", "10.0.0.1")
                .withProperty("KUBERNETES_SERVICE_PORT", "443");
        Cluster reviewed = new Cluster(null, null, null, true);

        assertThat(new KubernetesClusters(new ClusterProperties(Map.of("in_cluster", reviewed)), pod)
                        .reviews("in_cluster"))
                .isInstanceOf(KubernetesReviews.class);
        assertThat(new KubernetesClusters(new ClusterProperties(Map.of()), pod).reviews("in_cluster"))
                .isEqualTo(TokenReviews.NONE);
        assertThat(new KubernetesClusters(new ClusterProperties(Map.of("in_cluster", reviewed)), new MockEnvironment())
                        .problem("in_cluster"))
                .isPresent();
        refused("prod", reviewed, "errand.clusters.prod.server must be");
        refused("in_cluster", new Cluster(null, null, Path.of("/token"), true), "has files and no server");
    }

    private static Cluster cluster(@Nullable Path caFile) {
        return new Cluster(URI.create("https://10.0.0.1:6443"), caFile, null, false);
    }

    private static void refused(String name, Cluster cluster, String sentence) {
        assertThatThrownBy(() -> new ClusterProperties(Map.of(name, cluster)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(sentence);
    }
}
