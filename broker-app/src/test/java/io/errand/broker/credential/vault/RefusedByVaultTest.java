package io.errand.broker.credential.vault;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.api.Json;
import io.errand.testing.BrokerTest;
import io.errand.testing.Postgres;
import io.errand.testing.Scene;
import io.errand.testing.Vaults;
import io.errand.testing.Wire.Answer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;

/** What Vault refuses is told as that, in Vault's words to those who can change it: at registration, and in an exchange. */
@BrokerTest
class RefusedByVaultTest {

    private static final String CREATE = "CREATE ROLE \"{{name}}\" LOGIN PASSWORD '{{password}}'";

    private static final String DROP = "DROP ROLE \"{{name}}\"";

    private final Scene scene;

    RefusedByVaultTest(@LocalServerPort int port) {
        scene = new Scene(port);
    }

    @BeforeAll
    static void thereIsAVault() {
        Vaults.onHost(); // skips before the service is started
    }

    @DynamicPropertySource
    static void vault(DynamicPropertyRegistry registry) {
        Vaults vault = DocumentedVault.get().vault();
        registry.add("errand.vault.address", vault::address);
        registry.add("errand.vault.auth.token", vault::rootToken);
        vault.root("PUT", "sys/policies/acl/refusals", Map.of("policy", """
                        path "database/creds/*" { capabilities = ["read"] }
                        path "ssh-of-refusals/*" { capabilities = ["update"] }
                        """));
        vault.root(
                "POST",
                "auth/token/roles/refusals",
                Map.of("allowed_policies", "refusals", "orphan", true, "renewable", false));
        vault.root("POST", "sys/mounts/ssh-of-refusals", Map.of("type", "ssh"));
        Postgres server = Postgres.shared();
        vault.root(
                "POST",
                "database/config/refusals",
                Map.of(
                        "plugin_name", "postgresql-database-plugin",
                        "allowed_roles", "*",
                        "connection_url",
                                "postgresql://{{username}}:{{password}}@" + server.host() + ":" + server.port()
                                        + "/orders?sslmode=disable",
                        "username", "vault_at_orders",
                        "password", "choose-another",
                        "username_template", "errand_{{.DisplayName}}_{{unix_time}}"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "database/creds/nope         | database/roles/nope does not exist",
                "ssh-of-refusals/verify      | gives neither a lease nor a certificate with an end",
                "database/config/orders      | is not database/creds/<role>",
                "nowhere/creds/x             | nothing is mounted at nowhere/"
            })
    void aPathThatGivesNoLeasesIsRefusedWhetherItIsTriedOrNot(String path, String sentence) {
        for (String probe : List.of("", "?probe=true", "?probe=false")) {
            Answer answer = register(Scene.name("tool"), path, probe);

            assertThat(answer.status()).as(answer.text()).isEqualTo(400);
            assertThat(answer.json().path("member").asString()).isEqualTo("config.path.read");
            assertThat(answer.json().path("detail").asString()).contains(sentence);
        }
    }

    @Test
    void aRoleWhoseStatementsFailIsFoundByTryingIt() {
        role("no-such-group", CREATE + " IN ROLE no_such_group", DROP);
        role("no-way-back", CREATE, "DROP ROLE no_such_login");

        Answer creation = register(Scene.name("tool"), "database/creds/no-such-group", "");
        Answer revocation = register(Scene.name("tool"), "database/creds/no-way-back", "");
        Answer untried = register(Scene.name("tool"), "database/creds/no-such-group", "?probe=false");

        assertThat(creation.status()).isEqualTo(400);
        assertThat(creation.json().path("detail").asString())
                .startsWith("Vault makes no credential at database/creds/no-such-group")
                .contains("no_such_group");
        assertThat(revocation.status()).isEqualTo(400);
        assertThat(revocation.json().path("detail").asString())
                .contains("not seen to be revoked again")
                .contains("no_such_login");
        assertThat(untried.status()).as(untried.text()).isEqualTo(201);
        role("no-way-back", CREATE, DROP); // so that Vault can end what it could not
    }

    @Test
    void whatWasTriedLeavesNothing() {
        role("tried", CREATE, DROP);

        String name = Scene.name("tool");
        Answer tried = register(name, "database/creds/tried", "");

        assertThat(tried.status()).as(tried.text()).isEqualTo(201);
        assertThat(DocumentedVault.get()
                        .vault()
                        .call("LIST", "sys/leases/lookup/database/creds/tried", null)
                        .path("status_code")
                        .asInt())
                .isEqualTo(404);
        assertThat(DocumentedVault.get()
                        .vault()
                        .root("LIST", "auth/token/accessors", null)
                        .path("data")
                        .path("keys")
                        .valueStream()
                        .map(RefusedByVaultTest::purpose))
                .noneMatch(purpose -> purpose.contains(name));
    }

    private static String purpose(JsonNode accessor) {
        return DocumentedVault.get()
                .vault()
                .call("POST", "auth/token/lookup-accessor", Map.of("accessor", accessor.asString()))
                .path("data")
                .path("meta")
                .path("purpose")
                .asString("");
    }

    @Test
    void aProbeThatIsNeitherTrueNorFalseIsRefused() {
        assertThat(register(Scene.name("tool"), "database/creds/orders-read", "?probe=maybe")
                        .status())
                .isEqualTo(400);
    }

    @Test
    void anExchangeThatVaultRefusesSaysSoToOperatorsAndIsNotWorthRepeating() {
        String tool = Scene.name("withdrawn");
        String agent = Scene.name("agent");
        role("withdrawn", CREATE, DROP);
        assertThat(register(tool, "database/creds/withdrawn", "").status()).isEqualTo(201);
        scene.agent(agent, tool, Map.of("tools", List.of(Map.of("tool", tool, "actions", List.of("read")))));
        scene.permits();
        DocumentedVault.get().vault().root("DELETE", "database/roles/withdrawn", null);

        Answer answer = scene.exchange(Scene.request(agent, tool, "read"));

        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.json().path("error").asString()).isEqualTo("invalid_target");
        assertThat(answer.header("Retry-After")).isEmpty();
        assertThat(answer.text()).doesNotContain("unknown role").contains("decision_id");
        JsonNode denied = scene.events("agent=" + agent).stream()
                .filter(event -> event.path("kind").asString().equals("exchange.denied"))
                .findFirst()
                .orElseThrow();
        assertThat(denied.toString())
                .contains("target_refused")
                .contains("unknown role: withdrawn")
                .contains(answer.json().path("decision_id").asString());
    }

    /** What Vault makes reaches all that its role does, so nobody would keep it to a part. */
    @ParameterizedTest
    @CsvSource({"datatypes, lines", "locations, https://part.example/eu"})
    void aPartOfAToolIsRefusedWhereItIsAskedForAndVaultIsNotAsked(String member, String part) {
        String tool = Scene.name("whole");
        String agent = Scene.name("agent");
        Map<String, Object> resource = new HashMap<>(tool("database/creds/never"));
        resource.put("datatypes", List.of(Map.of("name", "lines")));
        resource.put("locations", member.equals("locations") ? List.of(part) : List.of());
        role("never", CREATE, DROP);
        assertThat(scene.admin()
                        .put("/admin/v1/tools/" + tool + "?probe=false", resource)
                        .status())
                .isEqualTo(201);
        scene.agent(agent, tool, Map.of("tools", List.of(Map.of("tool", tool, "actions", List.of("read")))));
        scene.permits();
        Map<String, String> form = Scene.request(agent, tool, "read");
        form.put(
                "authorization_details",
                Json.mapper()
                        .writeValueAsString(List.of(Map.of(
                                "type",
                                "tool_access",
                                "identifier",
                                tool,
                                "actions",
                                List.of("read"),
                                member,
                                List.of(part)))));

        Answer answer = scene.exchange(form);

        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.json().path("error").asString()).isEqualTo("invalid_authorization_details");
        assertThat(answer.json().path("error_description").asString()).contains("leave out datatypes and locations");
        assertThat(scene.events("kind=exchange.denied&agent=" + agent))
                .singleElement()
                .satisfies(event -> assertThat(event.toString()).contains("part_not_enforceable"));
        assertThat(DocumentedVault.get()
                        .vault()
                        .call("LIST", "sys/leases/lookup/database/creds/never", null)
                        .path("status_code")
                        .asInt())
                .isEqualTo(404);
    }

    private Answer register(String name, String path, String query) {
        return scene.admin().put("/admin/v1/tools/" + name + query, tool(path));
    }

    private static Map<String, Object> tool(String path) {
        return Map.of(
                "backend",
                "vault",
                "actions",
                List.of("read"),
                "sensitivity",
                "internal",
                "environment",
                "production",
                "config",
                Map.of("token_role", "refusals", "path", Map.of("read", path)));
    }

    private static void role(String name, String creation, String revocation) {
        DocumentedVault.get()
                .vault()
                .root(
                        "POST",
                        "database/roles/" + name,
                        Map.of(
                                "db_name",
                                "refusals",
                                "default_ttl",
                                "1m",
                                "creation_statements",
                                List.of(creation),
                                "revocation_statements",
                                List.of(revocation)));
    }
}
