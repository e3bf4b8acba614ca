package io.errand.operations;

import io.errand.testing.BrokerTest;
import io.errand.testing.Postgres;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** One broker with a management port, for all tests here: metrics read often, a receiver that never answers, a wrong login. */
@BrokerTest
abstract class Operated {

    /** A target at which the broker's login is not known. */
    static final String LOCKED_OUT = "locked-out";

    static final String SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
    static final String WRONG_PASSWORD = "no-such-password";

    final Scene scene;
    final Wire management;
    final JdbcClient jdbc;

    Operated(int port, int management, JdbcClient jdbc) {
        this.scene = new Scene(port);
        this.management = Wire.at(management);
        this.jdbc = jdbc;
    }

    @DynamicPropertySource
    static void settings(DynamicPropertyRegistry properties) throws IOException {
        Path secret = Files.createTempFile("receiver", ".secret");
        Files.writeString(secret, SECRET);
        properties.add("management.server.port", () -> 0);
        properties.add("errand.metrics.interval", () -> "PT0.2S");
        properties.add("errand.signal.receivers.pager.url", () -> "http://127.0.0.1:1/");
        properties.add("errand.signal.receivers.pager.secret-file", secret::toString);
        properties.add("errand.audit.streams.siem.kind", () -> "webhook");
        properties.add("errand.audit.streams.siem.url", () -> "http://127.0.0.1:1/");
        properties.add("errand.audit.streams.siem.secret-file", secret::toString);
        properties.add("errand.signal.transmitters.idp.issuer", () -> "https://idp.example");
        properties.add("errand.signal.transmitters.idp.issuers", () -> "people");
        String target = "errand.targets." + LOCKED_OUT + ".";
        properties.add(target + "url", () -> Postgres.shared().url(Surroundings.TARGET_DATABASE));
        properties.add(target + "username", () -> "errand_stranger");
        properties.add(target + "password", () -> WRONG_PASSWORD);
    }
}
