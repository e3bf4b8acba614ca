package io.errand.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BesideOthers;
import io.errand.testing.Scene;
import io.errand.testing.SealableVault;
import io.errand.testing.Wire.Answer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** A Vault that is sealed for a while, in the middle of everything: two seconds, or as {@code -Derrand.sealed=PT30S} says. */
@BesideOthers
class SealedVaultTest {

    @Test
    void exchangesAreToldToComeBackAndNothingLeaks() {
        try (SealableVault vault = new SealableVault()) {
            Deployment deployment = new Deployment(vault.vault());
            try (BrokerProcess broker = deployment.start()) {
                Scene scene = Deployment.furnish(broker);
                List<JsonNode> before = new ArrayList<>();
                for (int i = 0; i < 10; i++) {
                    before.add(Client.granted(scene, Deployment.VAULT_TOOL, "read"));
                }
                JsonNode another = Client.granted(scene, Deployment.POSTGRES_TOOL, "read");

                vault.seal();
                before.forEach(grant -> Client.endsLater(scene, grant));
                long until = System.nanoTime()
                        + Duration.parse(System.getProperty("errand.sealed", "PT2S"))
                                .toNanos();
                int turnedAway = 0;
                while (System.nanoTime() < until) {
                    List<CompletableFuture<Client.Timed>> asked = new ArrayList<>();
                    for (int i = 0; i < 8; i++) {
                        asked.add(Client.asks(scene, Deployment.VAULT_TOOL));
                    }
                    for (CompletableFuture<Client.Timed> one : asked) {
                        Client.turnedAway(one.join().answer());
                        assertThat(one.join().took()).isLessThan(Duration.ofSeconds(2));
                        turnedAway++;
                    }
                }
                Answer registered = scene.admin().put("/admin/v1/tools/another-by-vault", LeasedEngine.tool());
                assertThat(registered.status()).as(registered.text()).isEqualTo(503);
                assertThat(registered.header("Retry-After")).isNotEmpty();
                assertThat(registered.text()).contains("Vault is sealed");
                long begun = System.nanoTime();
                Answer completed = scene.complete(another);
                assertThat(completed.status()).as("another backend's lease").isEqualTo(200);
                assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(2));
                assertThat(deployment.count(
                                "SELECT count(*) FROM lease WHERE state = 'revoking' AND backend = 'vault'"))
                        .isEqualTo(10 + turnedAway);

                vault.unseal();
                Remains.nothingIsLeft(deployment, scene);
                assertThat(scene.complete(Client.granted(scene, Deployment.VAULT_TOOL, "read"))
                                .status())
                        .isEqualTo(200);
            }
        }
    }
}
