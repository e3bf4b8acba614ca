package io.errand.broker.credential.vault;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.broker.credential.Backend.BindingProblem;
import io.errand.broker.credential.Destruction;
import io.errand.broker.credential.Issuing;
import io.errand.broker.credential.Order;
import io.errand.broker.credential.ToolBinding;
import io.errand.broker.shared.Secret;
import io.errand.testing.Vaults;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Engines that need no database, in whatever Vault answers: in a container, where there is an engine. */
class EnginesWithoutLeasesAreRefusedTest {

    private static final String ISSUE = "pki-of-engines/issue/leased";
    private static final Map<String, String> SUBJECT = Map.of("common_name", "a.agents.example");

    private static Rig rig;
    private static Vaults vault;

    @BeforeAll
    static void engines() {
        vault = Vaults.shared();
        rig = Rig.withToken(vault.address(), vault.rootToken());
        vault.root(
                "PUT",
                "sys/policies/acl/engines",
                Map.of(
                        "policy",
                        "path \"pki-of-engines/*\" { capabilities = [\"update\"] }\n"
                                + "path \"kv-of-engines/*\" { capabilities = [\"read\"] }"));
        role("engines", Map.of("allowed_policies", "engines", "orphan", true, "renewable", false));
        vault.root("POST", "sys/mounts/kv-of-engines", Map.of("type", "kv", "options", Map.of("version", "1")));
        vault.root("POST", "kv-of-engines/key", Map.of("api_key", "static"));
        vault.root("POST", "sys/mounts/transit-of-engines", Map.of("type", "transit"));
        vault.root("POST", "sys/mounts/pki-of-engines", Map.of("type", "pki"));
        vault.root("POST", "pki-of-engines/root/generate/internal", Map.of("common_name", "agents.example"));
        Map<String, Object> any = Map.of("allow_any_name", true, "max_ttl", "1h", "generate_lease", true);
        vault.root("POST", "pki-of-engines/roles/leased", any);
        vault.root("POST", "pki-of-engines/roles/unleased", Map.of("allow_any_name", true, "generate_lease", false));
    }

    @AfterAll
    static void close() {
        if (rig != null) {
            rig.close();
        }
    }

    @Test
    void keyValueIsRefusedAtRegistrationWithTheReason() {
        assertThat(problems("kv-of-engines/key"))
                .containsExactly(
                        "path.read: kv-of-engines/key is in an engine of type kv, which gives no leases: what it"
                                + " gives cannot be revoked, so no tool can be bound to it");
    }

    @Test
    void soAreTransitCertificatesWithoutLeasesAndWhatIsNotThere() {
        assertThat(problems("transit-of-engines/keys/k"))
                .singleElement()
                .asString()
                .contains("type transit");
        assertThat(problems("pki-of-engines/issue/unleased"))
                .containsExactly(
                        "path.read: pki-of-engines/roles/unleased must have generate_lease=true: without a lease"
                                + " a certificate is never revoked");
        assertThat(problems("pki-of-engines/issue/none"))
                .singleElement()
                .asString()
                .contains("pki-of-engines/roles/none does not exist");
        assertThat(problems("nowhere/creds/x")).singleElement().asString().contains("nothing is mounted at nowhere/");
        assertThat(problems(ISSUE)).isEmpty();
    }

    @Test
    void theShapeOfAConfigIsChecked() {
        ToolBinding wrong = new ToolBinding(
                "a-tool",
                List.of("read", "write", "purge"),
                Map.of(
                        "path",
                        Map.of("read", "sys/raw", "write", "database/../sys/x", "other", "database/static-creds/x"),
                        "role",
                        "x",
                        "parameters",
                        Map.of("ttl", "1y")));

        assertThat(rig.backend.check(wrong))
                .extracting(BindingProblem::member)
                .containsExactlyInAnyOrder(
                        "role",
                        "path.purge",
                        "path.other",
                        "path.other",
                        "path.read",
                        "path.write",
                        "parameters.ttl",
                        "token_role");
        assertThat(rig.backend.check(new ToolBinding("a-tool", List.of("read"), Map.of("token_role", "engines"))))
                .extracting(BindingProblem::member)
                .contains("path");
    }

    @Test
    void tokenRolesThatWouldLoseOrWidenLeasesAreRefused() {
        role("dependent", Map.of("allowed_policies", "engines", "orphan", false));
        role("boundless", Map.of("orphan", true));
        role("rooted", Map.of("orphan", true, "allowed_policies", "root"));
        role("periodic", Map.of("orphan", true, "allowed_policies", "engines", "token_period", "1h"));
        role(
                "batched",
                Map.of("orphan", true, "allowed_policies", "engines", "token_type", "batch", "renewable", false));

        assertThat(ofRole("dependent")).singleElement().asString().contains("orphan=true");
        assertThat(ofRole("boundless")).singleElement().asString().contains("allowed_policies");
        assertThat(ofRole("rooted")).singleElement().asString().contains("root");
        assertThat(ofRole("periodic")).singleElement().asString().contains("period");
        assertThat(ofRole("batched")).singleElement().asString().contains("batch");
        assertThat(ofRole("absent")).containsExactly("token_role: auth/token/roles/absent does not exist");
    }

    @Test
    void whatTurnsOutToHaveNoLeaseIsTakenBack() {
        Order order = Rig.order(bound("kv-of-engines/key", "engines", Map.of()), "read");

        Issuing issuing = rig.backend.issue(order, Rig.Notebook.willing());

        assertThat(issuing)
                .isInstanceOfSatisfying(
                        Issuing.Refused.class,
                        refused -> assertThat(refused.reason()).contains("without a lease"));
        assertThat(rig.finds(order.lease())).isFalse();
    }

    @Test
    void tokensThatDependOnTheBrokersAreNotUsed() {
        role("dependent-too", Map.of("allowed_policies", "engines", "orphan", false));
        Order order = Rig.order(bound(ISSUE, "dependent-too", SUBJECT), "read");
        Rig.Notebook notebook = Rig.Notebook.willing();

        Issuing issuing = rig.backend.issue(order, notebook);

        assertThat(issuing).isInstanceOf(Issuing.Unknown.class);
        assertThat(notebook.references).isEmpty();
        assertThat(rig.finds(order.lease())).isFalse();
    }

    @Test
    void aCertificateIsRevokedAtOnceAndLingersUntilItsEnd() {
        Order order = Rig.order(bound(ISSUE, "engines", SUBJECT), "read");
        Issuing issuing = rig.backend.issue(order, Rig.Notebook.willing());
        assertThat(issuing).isInstanceOf(Issuing.Issued.class);
        Issuing.Issued issued = (Issuing.Issued) issuing;
        assertThat(issued.data().get("private_key")).isInstanceOf(Secret.class);
        assertThat(issued.data().get("certificate")).isInstanceOf(String.class);

        Destruction first = rig.backend.destroy(Rig.remains(order, issued.reference()));
        String serial = (String) issued.data().get("serial_number");
        long revoked = vault.root("GET", "pki-of-engines/cert/" + serial, null)
                .path("data")
                .path("revocation_time")
                .asLong();
        try (Rig later = Rig.withToken(vault.address(), vault.rootToken())) {
            later.advance(Duration.ofMinutes(6));
            Destruction last = later.backend.destroy(Rig.remains(order, issued.reference()));

            assertThat(last).isInstanceOfSatisfying(Destruction.Gone.class, gone -> {
                assertThat(gone.kind()).isEqualTo("expired");
                assertThat(gone.facts())
                        .containsEntry("certificate", serial)
                        .containsEntry("revocation_list", "listed")
                        .containsKeys("revoked_at", "expired_at");
            });
        }
        assertThat(first)
                .isInstanceOfSatisfying(
                        Destruction.Lingers.class,
                        lingers -> assertThat(lingers.until())
                                .isBeforeOrEqualTo(order.term().until().plusSeconds(2)));
        assertThat(revoked).isPositive();
    }

    private static List<String> problems(String path) {
        return texts(bound(path, "engines", Map.of()));
    }

    private static List<String> ofRole(String tokenRole) {
        return texts(bound(ISSUE, tokenRole, SUBJECT));
    }

    private static List<String> texts(ToolBinding toolBinding) {
        return rig.backend.check(toolBinding).stream()
                .map(problem -> problem.member() + ": " + problem.detail())
                .toList();
    }

    private static ToolBinding bound(String path, String tokenRole, Map<String, String> parameters) {
        Map<String, Object> config = new java.util.HashMap<>(
                Rig.binding(Map.of("read", path), parameters).config());
        config.put("token_role", tokenRole);
        return new ToolBinding("a-tool", List.of("read"), config);
    }

    private static void role(String name, Map<String, ?> members) {
        vault.root("POST", "auth/token/roles/" + name, members);
    }
}
