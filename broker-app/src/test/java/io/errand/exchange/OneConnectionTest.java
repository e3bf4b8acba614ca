package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Wire.Answer;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** No request waits for a second connection while it has one: as many requests as there are connections would wait for ever. */
@BrokerTest
class OneConnectionTest {

    private final Scene scene;
    private final Family family;

    private final HikariDataSource pool;

    OneConnectionTest(@LocalServerPort int port, @Autowired DataSource pool) throws SQLException {
        scene = new Scene(port);
        family = Family.at(scene);
        this.pool = pool.unwrap(HikariDataSource.class);
    }

    @BeforeEach
    void one() {
        family.register();
        pool.getHikariConfigMXBean().setMinimumIdle(1);
        pool.getHikariConfigMXBean().setMaximumPoolSize(1);
        pool.getHikariPoolMXBean().softEvictConnections();
        await().until(() -> pool.getHikariPoolMXBean().getTotalConnections() <= 1);
    }

    @AfterEach
    void asManyAsBefore() {
        pool.getHikariConfigMXBean().setMaximumPoolSize(10);
        pool.getHikariConfigMXBean().setMinimumIdle(10);
    }

    @Test
    void aTaskAndAllThatComesOfItNeedOne() {
        JsonNode parent = family.task();
        JsonNode child = family.childOf(parent, family.child());
        JsonNode grandchild = family.childOf(child, family.grandchild());
        Answer more = scene.exchange(family.more(family.child(), child, "read"));
        Answer decision = scene.anonymous()
                .as(Family.token(child))
                .post(
                        "/access/v1/evaluation",
                        Map.of(
                                "subject",
                                Map.of("type", "task", "id", Family.id(child)),
                                "action",
                                Map.of("name", "read"),
                                "resource",
                                Map.of("type", "tool", "id", family.tool())));
        Answer introspected =
                scene.as("errand.introspect").form("/oauth2/introspect", Map.of("token", Family.token(grandchild)));
        Answer revoked = scene.as("errand.operator")
                .post(
                        "/admin/v1/revocations",
                        Map.of(
                                "scope",
                                Map.of("agent", family.grandchild()),
                                "reason",
                                "to see how many connections it takes",
                                "lock",
                                false));
        Answer ended = scene.complete(parent);

        assertThat(List.of(more, decision, introspected, ended))
                .allSatisfy(
                        answer -> assertThat(answer.status()).as(answer.text()).isEqualTo(200));
        assertThat(decision.json().path("decision").asBoolean())
                .as(decision.text())
                .isTrue();
        assertThat(introspected.json().path("active").asBoolean()).isTrue();
        assertThat(revoked.status()).as(revoked.text()).isEqualTo(202);
    }

    @Test
    void anAdministratorNeedsOne() {
        for (String of :
                List.of("agents", "tools", "issuers", "policies", "tasks", "leases", "locks", "approvals", "audit")) {
            Answer list = scene.admin().get("/admin/v1/" + of);
            assertThat(list.status()).as(of + ": " + list.text()).isEqualTo(200);
        }
    }
}
