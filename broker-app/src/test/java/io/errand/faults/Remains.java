package io.errand.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.Scene;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** What must hold when everything is over, whatever happened before. */
final class Remains {

    private Remains() {}

    /** No lease of this deployment lives: not on record, not at the target, not in Vault; and each has its one receipt. */
    static void nothingIsLeft(Deployment deployment, Scene scene) {
        deployment.awaitDrained();

        List<String> leases = deployment.leases();
        assertThat(deployment.rolesAtTarget()).as("logins at the target").isEmpty();
        if (deployment.hasVault()) {
            assertThat(deployment.engine().tokens()).as("tokens in Vault").doesNotContainAnyElementsOf(leases);
            assertThat(deployment.engine().leases()).as("leases in Vault").isZero();
        }
        for (List<String> row : deployment.rows("SELECT id, state, receipt, claimed_until FROM lease")) {
            assertThat(row.get(1)).isEqualTo("revoked");
            assertThat(row.get(3)).as("a claim of a lease that is over").isEqualTo("null");
            JsonNode receipt = scene.verified(row.get(2));
            assertThat(receipt.path("lease").asString()).isEqualTo(row.get(0));
        }
        assertThat(deployment.rows("""
                        SELECT l.id, count(e.id) FROM lease l
                          LEFT JOIN audit_event e ON e.lease_id = l.id AND e.kind = 'lease.revoked'
                         GROUP BY l.id HAVING count(e.id) <> 1
                        """))
                .as("leases without exactly one end on the log")
                .isEmpty();
    }
}
