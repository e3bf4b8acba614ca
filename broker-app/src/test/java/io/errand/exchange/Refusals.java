package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.Postgres;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire.Answer;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/**
 * What holds for every refused exchange (P4): its code, no lease, nothing made at the target, and one event, a denial with its true
 * reason and the steps before it. It comes at once and gives nothing away.
 */
public final class Refusals {

    private static final Duration AT_ONCE = Duration.ofSeconds(2);

    private final Scene scene;
    private final JdbcClient jdbc;

    public Refusals(Scene scene, JdbcClient jdbc) {
        this.scene = scene;
        this.jdbc = jdbc;
    }

    /** @param reason as the audit log has it; null: whatever it is */
    public record Expected(
            int status, String error, @Nullable String reason) {

        public static Expected invalidRequest(@Nullable String reason) {
            return new Expected(400, "invalid_request", reason);
        }
    }

    /** The answer, for what more a test wants to see of it. */
    public Answer assertRefused(Expected expected, Supplier<Answer> call) {
        long leases = leases();
        long denials = denials();
        Set<String> roles = roles();
        Instant asked = Instant.now();

        Answer answer = call.get();

        assertThat(Duration.between(asked, Instant.now())).isLessThan(AT_ONCE);
        assertThat(answer.status()).as(answer.text()).isEqualTo(expected.status);
        assertThat(answer.json().path("error").asString()).as(answer.text()).isEqualTo(expected.error);
        assertThat(answer.text()).doesNotContain("eyJ", "Exception", "io.errand", "java.");
        assertThat(leases()).isEqualTo(leases);
        assertThat(roles).containsAll(roles());
        assertThat(denials()).isEqualTo(denials + 1);
        JsonNode event = onlyEvent(answer);
        assertThat(event.path("kind").asString()).isEqualTo("exchange.denied");
        assertThat(event.path("details").path("steps").isArray()).isTrue();
        if (expected.reason != null) {
            assertThat(event.path("details").path("reason").asString()).isEqualTo(expected.reason);
        }
        return answer;
    }

    private JsonNode onlyEvent(Answer answer) {
        List<JsonNode> events =
                scene.events("decision=" + answer.json().path("decision_id").asString());
        assertThat(events).hasSize(1);
        return events.getFirst();
    }

    private long leases() {
        return jdbc.sql("SELECT count(*) FROM lease").query(Long.class).single();
    }

    /** How many there are on the log. */
    long denials() {
        return jdbc.sql("SELECT count(*) FROM audit_event WHERE kind = 'exchange.denied'")
                .query(Long.class)
                .single();
    }

    /** Logins that the broker made; those of other tests may go meanwhile, and none may come. */
    private static Set<String> roles() {
        try (Connection connection = Postgres.shared().connect(Surroundings.TARGET_DATABASE);
                var query = connection.createStatement();
                var rows = query.executeQuery("SELECT rolname FROM pg_roles WHERE rolname LIKE 'errand\\_0%'")) {
            Set<String> roles = new HashSet<>();
            while (rows.next()) {
                roles.add(rows.getString(1));
            }
            return roles;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
