package io.errand.quickstart.demo;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Step 6. */
final class LeftToExpire implements Step {

    private static final Duration TTL = Duration.ofSeconds(4);

    /** How much later than its end a credential may be seen to be dead; the broker's worker is woken by the end itself. */
    private static final Duration GRACE = Duration.ofSeconds(5);

    @Override
    public String title() {
        return "Nobody ends the second task";
    }

    @Override
    public void play(Stage stage) throws Exception {
        Narrator narrator = stage.narrator();
        narrator.say(
                "A task of " + TTL.toSeconds() + " seconds. The agent starts a long query and forgets about it all.");
        Wire.Answer answer = stage.send(stage.request("Look for orders without invoice", TTL, "orders-db", "read"));
        narrator.proof(answer.status() == 200, "granted, for " + TTL.toSeconds() + " seconds", answer.toString());
        Grant grant = Grant.of(answer);
        stage.grants().add(grant);

        try (Connection forgotten = grant.login()) {
            String query = "SELECT pg_sleep(" + TTL.plus(GRACE).toSeconds() + ")";
            narrator.sql(query);
            Optional<SQLException> cut = Sql.refusal(() -> Sql.run(forgotten, query));
            Duration late = Duration.between(grant.expiresAt(), Instant.now());
            cut.ifPresent(e -> narrator.answer(String.valueOf(e.getMessage())));
            narrator.proof(
                    cut.isPresent() && late.compareTo(GRACE) < 0,
                    "the query is cut off " + Math.max(0, late.toMillis())
                            + " ms after the task's end, with nobody asking",
                    Sql.said(cut));
            awaitGone(stage, grant);
            Deaths.prove(stage, grant, cut);
        }
    }

    /** Between cutting the session and removing the role the broker does some work. */
    static void awaitGone(Stage stage, Grant grant) throws SQLException {
        Instant until = Instant.now().plus(GRACE);
        try (Connection watcher = stage.target()) {
            while (stage.exists(grant.username()) && Instant.now().isBefore(until)) {
                Sql.run(watcher, "SELECT pg_sleep(0.05)");
            }
        }
    }
}
