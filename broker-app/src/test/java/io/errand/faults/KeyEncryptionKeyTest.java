package io.errand.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BesideOthers;
import io.errand.testing.PageBlock;
import io.errand.testing.Scene;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The key that encrypts the signing keys is lost, and the broker says so; {@link KeyEncryptionKeyReplaced} is of one that is replaced. */
@BesideOthers
class KeyEncryptionKeyTest {

    static final String OLD = key(1);
    static final String NEW = key(2);
    static final String SETTING = "errand.key.encryption-key";

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
                        .contains("The signing keys " + kid + ", errand.test/log in the database do not open with "
                                + SETTING
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
            Deployment.await(
                    "a log under another key, which names the one before",
                    () -> deployment.count("SELECT count(*) FROM audit_log JOIN log_key ON name = origin"
                                    + " JOIN audit_checkpoint ON log = number JOIN audit_event ON id = first_event"
                                    + " WHERE sealed IS NOT NULL AND size > 1 AND outcome = 'key_lost'"
                                    + " AND details ->> 'checkpoint' LIKE 'errand.test/log%'")
                            > 0);
        }
    }

    static List<String> sealedUnder(Scene scene) {
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
