package io.errand.faults;

import static io.errand.faults.KeyEncryptionKeyTest.NEW;
import static io.errand.faults.KeyEncryptionKeyTest.OLD;
import static io.errand.faults.KeyEncryptionKeyTest.SETTING;
import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BesideOthers;
import io.errand.testing.Scene;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The key that encrypts the signing keys is replaced while two brokers serve. It takes minutes: {@code .ci/full} runs it. */
@BesideOthers
class KeyEncryptionKeyReplaced {

    @Test
    void isReplacedWithoutAFailedExchange() {
        Deployment deployment = Deployment.withoutVault().with(SETTING, OLD);
        BrokerProcess[] brokers = {deployment.start(), deployment.start()};
        Scene scene = Deployment.furnishWithoutVault(brokers[0]);
        String before = Client.granted(scene, Deployment.JWT_TOOL, "read")
                .path("access_token")
                .asString();
        try (Traffic traffic = new Traffic(scene)) {
            for (BrokerProcess broker : brokers) {
                traffic.join("broker", broker);
            }
            traffic.begin();
            for (String keys : List.of(OLD + " " + NEW, NEW + "," + OLD, NEW)) {
                deployment.with(SETTING, keys);
                for (int i = 0; i < brokers.length; i++) {
                    BrokerProcess next = deployment.start();
                    traffic.join("broker", next);
                    traffic.leave(brokers[i]);
                    brokers[i] = next;
                    traffic.passes(20);
                }
                Scene here = scene.through(brokers[0].port());
                Deployment.await(
                        "keys under the first of " + keys,
                        () -> KeyEncryptionKeyTest.sealedUnder(here).equals(List.of("current")));
            }
            traffic.stop();
            assertThat(traffic.failures()).isEmpty();
        }

        Scene here = scene.through(brokers[1].port());
        assertThat(here.verified(before).path("sub").asString()).isNotEmpty();
        assertThat(here.events("kind=key.resealed")).isNotEmpty();
        for (BrokerProcess broker : brokers) {
            broker.close();
        }
        BrokerProcess without = deployment.with(SETTING, OLD).launch();
        Deployment.await("a start that fails", () -> without.logged().contains("do not open with"));
        without.close();
    }
}
