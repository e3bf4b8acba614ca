package io.errand.broker.credential.vault;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Vaults;
import io.errand.testing.Wire.Answer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;

/** The whole service with a Vault that is set up by the page: the check over HTTP, and a credential from it. */
@BrokerTest
class VaultForAdministratorsTest {

    private static final String CHECK = "/admin/v1/backends/vault/check";
    private static final String READ = "database/creds/orders-read";

    private final Scene scene;

    VaultForAdministratorsTest(@LocalServerPort int port) {
        scene = new Scene(port);
    }

    @BeforeAll
    static void thereIsAVault() {
        Vaults.onHost(); // skips before the service is started
    }

    @DynamicPropertySource
    static void vault(DynamicPropertyRegistry registry) {
        Vaults vault = DocumentedVault.get().vault();
        String token = vault.root(
                        "POST",
                        "auth/token/create-orphan",
                        Map.of("policies", List.of("errand-broker"), "no_default_policy", true))
                .path("auth")
                .path("client_token")
                .asString();
        registry.add("errand.vault.address", vault::address);
        registry.add("errand.vault.auth.token", () -> token);
    }

    @Test
    void administratorsOperatorsAndAuditorsReadThatAllIsWell() {
        for (String role : List.of("errand.admin", "errand.operator", "errand.auditor")) {
            Answer answer = scene.as(role).get(CHECK + "?path=" + READ + "&path=pki/issue/agents&observe=orders");

            assertThat(answer.status()).as(answer.text()).isEqualTo(200);
            assertThat(answer.text()).isEqualTo("{\"findings\":[]}");
        }
        assertThat(scene.as("errand.approver").get(CHECK).status()).isEqualTo(403);
        assertThat(scene.anonymous().get(CHECK).status()).isEqualTo(401);
    }

    @Test
    void whatIsMissingIsNamed() {
        JsonNode findings = scene.as("errand.operator")
                .get(CHECK + "?token_role=nobody&path=nowhere/creds/x")
                .json()
                .path("findings");

        assertThat(findings.valueStream()
                        .filter(one -> one.path("severity").asString().equals("error"))
                        .map(one -> one.path("subject").asString()))
                .contains("nowhere/creds/x", "auth/token/create/nobody");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "path=nonsense",
                "path=/",
                "path=database/../sys/mounts",
                "path=database/creds/x%3Flist=true",
                "path=a%00/b",
                "token_role=..",
                "token_role=a/b",
                "token_role="
            })
    void whatIsNoPathIsRefusedAndVaultIsNotAsked(String query) {
        Answer answer = scene.admin().get(CHECK + "?" + query);

        if (query.equals("token_role=")) { // as if it were not there
            assertThat(answer.status()).isEqualTo(200);
        } else {
            assertThat(answer.status()).as(answer.text()).isEqualTo(400);
            assertThat(answer.header("Content-Type")).startsWith("application/problem+json");
        }
    }

    @Test
    void aCredentialOfVaultIsSeenGoneWhenItsTaskEnds() throws Exception {
        String tool = Scene.name("orders-vault");
        String agent = Scene.name("agent");
        Answer created = scene.admin()
                .put(
                        "/admin/v1/tools/" + tool,
                        Map.of(
                                "backend",
                                "vault",
                                "actions",
                                List.of("read"),
                                "sensitivity",
                                "internal",
                                "environment",
                                "production",
                                "config",
                                Map.of("token_role", "errand", "path", Map.of("read", READ))));
        assertThat(created.status()).as(created.text()).isEqualTo(201);
        scene.agent(agent, tool, Map.of("tools", List.of(Map.of("tool", tool, "actions", List.of("read")))));
        scene.permits();

        Answer granted = scene.exchange(Scene.request(agent, tool, "read"));
        assertThat(granted.status()).as(granted.text()).isEqualTo(200);
        Answer completed = scene.complete(granted.json());

        JsonNode credential = granted.json().path("credentials").path(0);
        assertThat(credential.path("data").path("username").asString())
                .startsWith("errand_token-" + credential.path("lease_id").asString());
        JsonNode lease = completed.json().path("leases").path(0);
        assertThat(lease.path("state").asString()).isEqualTo("revoked");
        assertThat(scene.verified(lease.path("receipt").asString())
                        .path("evidence")
                        .path("facts")
                        .path("lease_lookup")
                        .asString())
                .contains("invalid lease");
    }
}
