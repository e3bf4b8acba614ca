package io.errand.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BesideOthers;
import io.errand.testing.Scene;
import io.errand.testing.VaultPair;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** A Vault that stands by, and has nobody to hand requests on to for a while. */
@BesideOthers
class StandbyVaultTest {

    @Test
    void itServesWhileThereIsAnActiveOneAndLosesNothingWhileThereIsNone() {
        try (VaultPair pair = new VaultPair()) {
            Deployment deployment = new Deployment(pair.standby());
            try (BrokerProcess broker = deployment.start()) {
                Scene scene = Deployment.furnish(broker);
                List<JsonNode> before = new ArrayList<>();
                for (int i = 0; i < 5; i++) {
                    before.add(Client.granted(scene, Deployment.VAULT_TOOL, "read"));
                }
                assertThat(scene.complete(before.removeLast()).status()).isEqualTo(200);

                pair.loseActive();
                before.forEach(grant -> Client.endsLater(scene, grant));
                for (int round = 0; round < 5; round++) {
                    Client.Timed asked =
                            Client.asks(scene, Deployment.VAULT_TOOL).join();
                    Client.turnedAway(asked.answer());
                    assertThat(asked.took()).isLessThan(Duration.ofSeconds(6));
                }
                assertThat(scene.complete(Client.granted(scene, Deployment.POSTGRES_TOOL, "read"))
                                .status())
                        .as("another backend's lease")
                        .isEqualTo(200);

                pair.bringBack();
                deployment.passTime(); // until the next try
                Remains.nothingIsLeft(deployment, scene);
                assertThat(scene.complete(Client.granted(scene, Deployment.VAULT_TOOL, "read"))
                                .status())
                        .isEqualTo(200);
            }
        }
    }
}
