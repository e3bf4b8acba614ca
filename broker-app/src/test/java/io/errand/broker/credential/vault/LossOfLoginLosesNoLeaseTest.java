package io.errand.broker.credential.vault;

import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static org.assertj.core.api.Assertions.assertThat;

import io.errand.broker.credential.Destruction;
import io.errand.broker.credential.Issuing;
import io.errand.broker.credential.Order;
import io.errand.broker.credential.vault.client.Reply;
import io.errand.broker.credential.vault.client.VaultProperties;
import io.errand.testing.FreePorts;
import io.errand.testing.Surroundings;
import io.errand.testing.Vaults;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.health.contributor.Status;
import tools.jackson.databind.JsonNode;

class LossOfLoginLosesNoLeaseTest {

    @TempDir
    Path folder;

    @Test
    void byAppRole() {
        try (Rig rig = DocumentedVault.get().broker()) {
            assertWorks(rig);
        }
    }

    @Test
    void byJwt() throws IOException {
        DocumentedVault documented = DocumentedVault.get();
        Path jwt = folder.resolve("jwt");
        Files.writeString(jwt, Surroundings.WORKLOADS.token("errand-broker", claims -> claims.audience("vault")));
        try (Rig rig = documented.jwt(VaultProperties.Method.JWT, jwt)) {
            assertWorks(rig);
        }
    }

    @Test
    void aJwtOfSomebodyElseIsNoLogin() throws IOException {
        DocumentedVault documented = DocumentedVault.get();
        Path jwt = folder.resolve("jwt");
        Files.writeString(jwt, Surroundings.WORKLOADS.token("somebody", claims -> claims.audience("vault")));
        try (Rig rig = documented.jwt(VaultProperties.Method.JWT, jwt)) {
            rig.login.tend();

            assertThat(rig.health.health().getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
            assertThat(rig.login.trouble().orElse("")).startsWith("jwt: HTTP 4");
        }
    }

    @Test
    void byKubernetesWhoseTokenReviewIsAsked() throws IOException {
        DocumentedVault documented = DocumentedVault.get();
        Path jwt = folder.resolve("token");
        Files.writeString(
                jwt,
                Surroundings.WORKLOADS.token(
                        "system:serviceaccount:errand:errand",
                        claims -> claims.audience(List.of("vault", "errand"))
                                .claim(
                                        "kubernetes.io",
                                        Map.of(
                                                "namespace",
                                                "errand",
                                                "serviceaccount",
                                                Map.of(
                                                        "name",
                                                        "errand",
                                                        "uid",
                                                        "0b9f4a2e-0000-4000-8000-000000000001")))));
        try (Rig rig = documented.jwt(VaultProperties.Method.KUBERNETES, jwt)) {
            assertWorks(rig);
            documented.kubernetes().verify(postRequestedFor(urlEqualTo("/apis/authentication.k8s.io/v1/tokenreviews")));
        }
    }

    @Test
    void theTokenIsRenewedAheadOfTime() {
        DocumentedVault documented = DocumentedVault.get();
        JsonNode token = token(documented.vault(), Map.of("policies", "errand-broker", "ttl", "60s"));
        try (Rig rig = Rig.withToken(
                documented.vault().address(), token.path("client_token").asString())) {
            rig.login.tend();
            rig.advance(Duration.ofSeconds(35));
            rig.login.tend();
            JsonNode early = lookup(documented.vault(), token);
            rig.advance(Duration.ofSeconds(6));
            rig.login.tend();
            JsonNode late = lookup(documented.vault(), token);

            assertThat(early.has("last_renewal")).isFalse();
            assertThat(late.has("last_renewal")).isTrue();
            assertThat(rig.health.health().getStatus()).isEqualTo(Status.UP);
        }
    }

    @Test
    void whatTheBackgroundDoesItDoesByItself() {
        try (Rig rig = DocumentedVault.get().broker()) {
            rig.login.start();

            Awaitility.await("the first login")
                    .atMost(Duration.ofSeconds(10))
                    .until(() -> rig.health.health().getStatus().equals(Status.UP));
        }
    }

    @Test
    void aTokenThatCannotBeRenewedIsReplaced() throws IOException {
        DocumentedVault documented = DocumentedVault.get();
        Path file = folder.resolve("token");
        JsonNode first =
                token(documented.vault(), Map.of("policies", "errand-broker", "ttl", "60s", "renewable", false));
        Files.writeString(file, first.path("client_token").asString());
        try (Rig rig = new Rig(Rig.properties(
                documented.vault().address(),
                new VaultProperties.Auth(
                        VaultProperties.Method.TOKEN, null, file, null, null, null, null, null, null)))) {
            rig.login.tend();
            JsonNode second = token(documented.vault(), Map.of("policies", "errand-broker"));
            Files.writeString(file, second.path("client_token").asString());
            rig.advance(Duration.ofSeconds(41));
            rig.login.tend();
            revoke(documented.vault(), first);

            assertWorks(rig);
        }
    }

    @Test
    void aRevokedLoginIsMadeAnewInTheMiddleOfACall() {
        DocumentedVault documented = DocumentedVault.get();
        try (Rig rig = documented.broker()) {
            rig.login.tend();
            revokeLoginsOf(rig);

            assertWorks(rig);
        }
    }

    @Test
    void aLostLoginIsNotReadyAndItsLeasesWait() throws IOException {
        DocumentedVault documented = DocumentedVault.get();
        Path secretId = folder.resolve("secret-id");
        Files.writeString(secretId, newSecretId(documented.vault()));
        try (Rig rig = documented.appRole(secretId)) {
            Order order = order();
            Issuing issuing = rig.backend.issue(order, Rig.Notebook.willing());
            assertThat(issuing).isInstanceOf(Issuing.Issued.class);
            String reference = ((Issuing.Issued) issuing).reference();

            Files.writeString(secretId, "not-a-secret-id");
            revokeLoginsOf(rig);
            Destruction without = rig.backend.destroy(Rig.remains(order, reference));
            Status status = rig.health.health().getStatus();
            Files.writeString(secretId, newSecretId(documented.vault()));
            rig.advance(Duration.ofSeconds(2));
            Destruction with = rig.backend.destroy(Rig.remains(order, reference));

            assertThat(without).isInstanceOf(Destruction.Retry.class);
            assertThat(status).isEqualTo(Status.OUT_OF_SERVICE);
            assertThat(with).isInstanceOf(Destruction.Gone.class);
            assertThat(rig.health.health().getStatus()).isEqualTo(Status.UP);
        }
    }

    @Test
    void aVaultWithACertificateOfItsOwnIsTrustedByItsCa() {
        Path certificates = folder.resolve("tls");
        int port = FreePorts.next();
        String address = "https://127.0.0.1:" + port;
        Path ca = certificates.resolve("vault-ca.pem");
        assertThat(certificates.toFile().mkdir()).isTrue();
        Process process = Vaults.run(List.of(
                Vaults.command().toString(),
                "server",
                "-dev-tls",
                "-dev-tls-cert-dir=" + certificates,
                "-dev-tls-san=127.0.0.1",
                "-dev-no-store-token",
                "-dev-root-token-id=root-of-tls",
                "-dev-listen-address=127.0.0.1:" + port));
        try {
            Awaitility.await("Vault's CA").atMost(Duration.ofSeconds(20)).until(() -> Files.exists(ca));
            try (Rig trusting = tls(address, ca);
                    Rig doubting = tls(address, null)) {
                Awaitility.await("the first login")
                        .atMost(Duration.ofSeconds(20))
                        .pollInterval(Duration.ofMillis(200))
                        .until(() -> {
                            trusting.advance(Duration.ofSeconds(2));
                            trusting.login.tend();
                            return trusting.login.trouble().isEmpty();
                        });
                doubting.login.tend();

                assertThat(doubting.login.trouble().orElse("")).contains("Vault did not answer");
            }
        } finally {
            process.destroyForcibly();
        }
    }

    private static Rig tls(String address, @Nullable Path ca) {
        return new Rig(new VaultProperties(
                address,
                null,
                ca,
                Duration.ofSeconds(2),
                Duration.ofSeconds(5),
                Duration.ofSeconds(20),
                Rig.token("root-of-tls")));
    }

    private static void assertWorks(Rig rig) {
        Order order = order();

        Issuing issuing = rig.backend.issue(order, Rig.Notebook.willing());
        assertThat(issuing).isInstanceOf(Issuing.Issued.class);
        Destruction end = rig.backend.destroy(Rig.remains(order, ((Issuing.Issued) issuing).reference()));

        assertThat(end).isInstanceOf(Destruction.Gone.class);
        assertThat(rig.health.health().getStatus()).isEqualTo(Status.UP);
    }

    private static Order order() {
        return Rig.order(Rig.binding(Map.of("read", "database/creds/orders-read")), "read");
    }

    private static JsonNode token(Vaults vault, Map<String, ?> body) {
        return vault.root("POST", "auth/token/create", body).path("auth");
    }

    private static JsonNode lookup(Vaults vault, JsonNode token) {
        return vault.root(
                        "POST",
                        "auth/token/lookup-accessor",
                        Map.of("accessor", token.path("accessor").asString()))
                .path("data");
    }

    private static void revoke(Vaults vault, JsonNode token) {
        vault.root(
                "POST",
                "auth/token/revoke-accessor",
                Map.of("accessor", token.path("accessor").asString()));
    }

    /** The token that the broker is using now; it tells nobody, so Vault is asked with it. */
    private static void revokeLoginsOf(Rig rig) {
        assertThat(rig.login
                        .write("auth/token/revoke-accessor", Map.of("accessor", ownAccessor(rig)))
                        .done())
                .isTrue();
    }

    private static String ownAccessor(Rig rig) {
        return rig.login.read("auth/token/lookup-self") instanceof Reply.Said said
                ? Objects.requireNonNull(said.data().getString("accessor", ""))
                : "";
    }

    private static String newSecretId(Vaults vault) {
        return vault.root("POST", "auth/approle/role/errand/secret-id", Map.of())
                .path("data")
                .path("secret_id")
                .asString();
    }
}
