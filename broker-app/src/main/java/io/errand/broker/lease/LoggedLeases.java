package io.errand.broker.lease;

import io.errand.broker.credential.Backends;
import io.errand.broker.credential.Logged;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** What targets' own logs call the holders of leases' credentials. */
@Component
public class LoggedLeases {

    private record Known(String backend, String reference) {}

    private final JdbcClient jdbc;
    private final Backends backends;

    LoggedLeases(JdbcClient jdbc, Backends backends) {
        this.jdbc = jdbc;
        this.backends = backends;
    }

    /**
     * Asks the target, so it is called outside of transactions.
     *
     * @param log what the target calls its log
     */
    public Logged names(UUID lease, String log) {
        Optional<Known> known = jdbc.sql(
                        "SELECT backend, reference FROM lease WHERE id = :id AND reference IS NOT NULL")
                .param("id", lease)
                .query((row, n) -> new Known(row.getString("backend"), row.getString("reference")))
                .optional();
        return known.flatMap(one -> backends.byName(one.backend()).map(backend -> backend.logged(one.reference(), log)))
                .orElseGet(Logged.Nothing::new);
    }
}
