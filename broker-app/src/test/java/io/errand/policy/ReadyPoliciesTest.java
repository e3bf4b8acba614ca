package io.errand.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;

/** What comes into force is parsed within a second, and no decision has to ask for it first. */
@BrokerTest
class ReadyPoliciesTest {

    private static final Duration A_SECOND = Duration.ofSeconds(1);

    private final String set = Scene.name("ready");
    private final Scene scene;

    @Autowired
    private JdbcClient jdbc;

    ReadyPoliciesTest(@LocalServerPort int port) {
        scene = new Scene(port);
    }

    @AfterEach
    void outOfForce() {
        scene.admin().delete("/admin/v1/policies/" + set);
    }

    @Test
    void aSetIsReadyBeforeAnybodyIsDecidedAbout() {
        scene.policy(set, three());
        int before = settled();

        scene.policy(set, three() + three().replace("@id(\"", "@id(\"other-"));

        await("three more").atMost(A_SECOND).until(() -> ready() == before + 3);
        scene.admin().delete("/admin/v1/policies/" + set);
        await("none of them").atMost(A_SECOND).until(() -> ready() == before - 3);
    }

    @Test
    void aChangeThatAnotherReplicaMadeIsReadyHereToo() {
        scene.admin().put("/admin/v1/policies/" + set, Map.of("cedar", three(), "status", "draft"));
        int before = settled();

        // As it is committed elsewhere: nothing is said to this process.
        assertThat(jdbc.sql("UPDATE policy_version SET status = 'active' WHERE name = :name")
                        .param("name", set)
                        .update())
                .isEqualTo(1);

        await("three more").atMost(A_SECOND).until(() -> ready() == before + 3);
    }

    private static String three() {
        return """
                @id("a") forbid(principal == Errand::Agent::"nobody", action, resource);
                @id("b") forbid(principal, action, resource == Errand::Tool::"nothing");
                @id("c") @observe forbid(principal, action, resource);
                """;
    }

    /** When what others did before is ready too. */
    private int settled() {
        AtomicInteger last = new AtomicInteger(ready());
        await("no more changes")
                .during(Duration.ofMillis(700))
                .atMost(Duration.ofSeconds(10))
                .until(() -> last.getAndSet(ready()) == last.get());
        return last.get();
    }

    private int ready() {
        return scene.anonymous()
                .get("/actuator/prometheus")
                .text()
                .lines()
                .filter(line -> line.startsWith("errand_policies "))
                .map(line -> (int) Double.parseDouble(line.substring("errand_policies ".length())))
                .findFirst()
                .orElseThrow();
    }
}
