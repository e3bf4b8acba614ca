package io.errand.broker.credential.postgres;

import io.errand.testing.OwnServer;
import org.junit.jupiter.api.AfterAll;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** On PostgreSQL 18. */
@DirtiesContext
class ByTheDocumentedScriptOn18Test extends ByTheDocumentedScript {

    private static final DocumentedTarget TARGET = new DocumentedTarget(OwnServer.Version.POSTGRES_18);
    private static final OwnServer STANDBY = TARGET.server.standby();

    ByTheDocumentedScriptOn18Test(@LocalServerPort int port) {
        super(port);
    }

    @DynamicPropertySource
    static void target(DynamicPropertyRegistry registry) {
        settings(TARGET, STANDBY).forEach((key, value) -> registry.add(key, () -> value));
    }

    @AfterAll
    static void stop() {
        STANDBY.close();
        TARGET.close();
    }

    @Override
    DocumentedTarget target() {
        return TARGET;
    }

    @Override
    OwnServer standby() {
        return STANDBY;
    }
}
