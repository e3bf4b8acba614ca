package io.errand.broker.credential.vault;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.Vaults;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CheckSaysWhatIsMissingOrTooWideTest {

    private static final String READ = "database/creds/orders-read";

    @Test
    void whatThePageSetsUpIsRight() {
        try (Rig rig = DocumentedVault.get().broker()) {
            assertThat(rig.check.report("errand", Set.of(READ, "database/creds/orders-write", "pki/issue/agents")))
                    .isEmpty();
            assertThat(rig.backend.check(Rig.binding(Map.of("read", READ)))).isEmpty();
        }
    }

    @Test
    void rootIsForDevelopment() {
        Vaults vault = DocumentedVault.get().vault();
        try (Rig rig = Rig.withToken(vault.address(), vault.rootToken())) {
            assertThat(rig.check.report("errand", Set.of(READ))).singleElement().satisfies(finding -> {
                assertThat(finding.severity()).isEqualTo(Finding.Severity.WARNING);
                assertThat(finding.detail()).contains("root");
            });
        }
    }

    @Test
    void aPolicyThatIsTooNarrowOrTooWideIsFound() {
        Vaults vault = DocumentedVault.get().vault();
        vault.root("PUT", "sys/policies/acl/crooked", Map.of("policy", """
                        path "auth/token/*" { capabilities = ["create", "update", "read"] }
                        path "sys/leases/*" { capabilities = ["update"] }
                        path "sys/capabilities-self" { capabilities = ["update"] }
                        path "sys/mounts" { capabilities = ["read"] }
                        path "database/*" { capabilities = ["read"] }
                        """));
        String token = vault.root("POST", "auth/token/create", Map.of("policies", "crooked", "no_default_policy", true))
                .path("auth")
                .path("client_token")
                .asString();
        try (Rig rig = Rig.withToken(vault.address(), token)) {
            List<String> findings = rig.check.report("errand", Set.of(READ)).stream()
                    .map(finding -> finding.severity() + " " + finding.subject())
                    .toList();

            assertThat(findings)
                    .containsExactlyInAnyOrder(
                            "ERROR auth/token/accessors",
                            "ERROR sys/leases/lookup/" + READ,
                            "WARNING auth/token/create",
                            "WARNING auth/token/create-orphan",
                            "WARNING auth/token/create/any-other-role",
                            "WARNING sys/leases/revoke-prefix/any",
                            "WARNING " + READ);
        }
    }

    @Test
    void aDatabaseRoleThatLeavesSessionsOpenIsWarnedAboutAndMayBeRegistered() {
        Vaults vault = DocumentedVault.get().vault();
        vault.root(
                "POST",
                "database/roles/orders-careless",
                Map.of("db_name", "orders", "creation_statements", "CREATE ROLE \"{{name}}\" LOGIN"));
        String path = "database/creds/orders-careless";
        try (Rig rig = DocumentedVault.get().broker()) {
            assertThat(rig.check.report("errand", Set.of(path)))
                    .extracting(Finding::detail)
                    .anyMatch(detail -> detail.startsWith("has no revocation_statements"))
                    .anyMatch(detail -> detail.startsWith("has no default_ttl"))
                    .hasSize(2);
            assertThat(rig.backend.check(Rig.binding(Map.of("read", path)))).isEmpty();
        }
    }

    @Test
    void withoutALoginNothingIsRegistered() {
        try (Rig rig = Rig.withToken(DocumentedVault.get().vault().address(), "hvs.nobody")) {
            assertThat(rig.check.report("errand", Set.of()))
                    .first()
                    .satisfies(finding -> assertThat(finding.detail()).startsWith("the broker is not logged in"));
            assertThat(rig.backend.check(Rig.binding(Map.of("read", READ)))).isNotEmpty();
        }
    }
}
