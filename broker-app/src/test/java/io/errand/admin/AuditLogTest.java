package io.errand.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.broker.shared.Ids;
import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;

/** What is asked of the log is found wherever it can be, and only there. */
@BrokerTest
class AuditLogTest {

    private final Scene scene;
    private final JdbcClient jdbc;

    AuditLogTest(@LocalServerPort int port, @Autowired JdbcClient jdbc) {
        scene = new Scene(port);
        this.jdbc = jdbc;
    }

    @ParameterizedTest
    @ValueSource(strings = {"task", "lease", "decision"})
    void monthsBeforeItBeganAreNotLookedInto(String of) {
        UUID id = Ids.next();
        String written = written(of, id, Ids.next());
        String behind = written(of, id, madeAgo(Duration.ofDays(20)));
        written(of, id, madeAgo(Duration.ofDays(90)));

        assertThat(found(of + "=" + id + "&order=asc")).containsExactly(behind, written);
    }

    @Test
    void anIdThatTellsNoTimeIsLookedForEverywhere() {
        UUID id = UUID.randomUUID();
        String old = written("task", id, madeAgo(Duration.ofDays(900)));
        String now = written("task", id, Ids.next());

        assertThat(found("task=" + id + "&order=desc")).containsExactly(now, old);
    }

    @Test
    void whatIsAskedTogetherHoldsTogether() {
        UUID task = Ids.next();
        written("task", task, Ids.next());
        String second = written("task", task, Ids.next());
        jdbc.sql("UPDATE audit_event SET kind = 'another', agent = 'somebody' WHERE id = :id::uuid")
                .param("id", second)
                .update();

        assertThat(found("task=" + task + "&kind=another&agent=somebody&since="
                        + Instant.now().minusSeconds(3600)))
                .containsExactly(second);
        assertThat(found("task=" + task + "&kind=another&since=2999-01-01T00:00:00Z"))
                .isEmpty();
        assertThat(found("task=" + task + "&since=0001-01-01T00:00:00Z")).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"%2B99999-01-01T00:00:00Z", "-0001-01-01T00:00:00Z", "yesterday"})
    void aTimeHasAYearOfFourDigits(String since) {
        assertThat(scene.admin().get("/admin/v1/audit?since=" + since).status()).isEqualTo(400);
    }

    private List<String> found(String query) {
        return scene.events(query).stream()
                .map(event -> event.path("id").asString())
                .toList();
    }

    private String written(String of, UUID id, UUID event) {
        jdbc.sql("INSERT INTO audit_event (id, at, kind, details, " + of
                        + "_id) VALUES (:event, now(), 'test', '{}', :id)")
                .param("event", event)
                .param("id", id)
                .update();
        return event.toString();
    }

    private static UUID madeAgo(Duration ago) {
        return new UUID(
                Ids.least(Instant.now().minus(ago)).getMostSignificantBits() | 0x7000,
                Ids.next().getLeastSignificantBits());
    }
}
