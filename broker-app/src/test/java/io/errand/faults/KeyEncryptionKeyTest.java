package io.errand.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BesideOthers;
import io.errand.testing.PageBlock;
import io.errand.testing.Scene;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The key that encrypts the signing keys is replaced while two brokers serve, and told where it is lost. */
@BesideOthers
class KeyEncryptionKeyTest {

    private static final String OLD = key(1);
    private static final String NEW = key(2);
    private static final String SETTING = "errand.key.encryption-key";

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
                        () -> sealedUnder(here).equals(List.of("current")));
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

    @Test
    void isToldWhereItIsLostAndTheBrokerGoesOnWithNewKeys() {
        Deployment deployment = Deployment.withoutVault().with(SETTING, OLD);
        String before;
        String kid;
        try (BrokerProcess broker = deployment.start()) {
            Scene scene = Deployment.furnishWithoutVault(broker);
            before = Client.granted(scene, Deployment.JWT_TOOL, "read")
                    .path("access_token")
                    .asString();
            kid = scene.admin()
                    .get("/admin/v1/keys")
                    .json()
                    .path("items")
                    .path(0)
                    .path("kid")
                    .asString();
        }

        BrokerProcess without = deployment.with(SETTING, NEW).launch();
        Deployment.await(
                "a start that fails",
                () -> without.logged()
                        .contains("The signing keys " + kid + " in the database do not open with " + SETTING
                                + ": configure the key that they were encrypted with, after the new one if it is being"
                                + " replaced. If it is lost, see docs/operations.md, A lost key-encryption key."));
        without.close();

        deployment.execute(PageBlock.of("docs/operations.md", "lost").text());
        try (BrokerProcess broker = deployment.start()) {
            Scene scene = new Scene(io.errand.testing.Wire.at(broker.port()), false);
            String after = Client.granted(scene, Deployment.JWT_TOOL, "read")
                    .path("access_token")
                    .asString();
            assertThat(scene.verified(before).path("sub"))
                    .isEqualTo(scene.verified(after).path("sub"));
            assertThat(sealedUnder(scene)).containsExactly("current", "");
        }
    }

    private static List<String> sealedUnder(Scene scene) {
        return scene.admin().get("/admin/v1/keys").json().path("items").values().stream()
                .map(key -> key.path("sealed_under"))
                .map(under -> under.asString(""))
                .toList();
    }

    private static String key(int fill) {
        byte[] bytes = new byte[32];
        java.util.Arrays.fill(bytes, (byte) fill);
        return Base64.getEncoder().encodeToString(bytes);
    }
}
