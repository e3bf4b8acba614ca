package io.errand.broker.credential.postgres;

import io.errand.broker.database.Batcher;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the power from logins of one target before each is dealt with by itself, whoever asks for it. While it is taken from some the
 * next gather, so tasks that end one after another wait no longer than tasks that end together. Those that hold their own rows are
 * dealt with beside that, with a connection of their own: the others do not wait for them.
 */
final class FirstCuts {

    private static final Logger LOG = LoggerFactory.getLogger(FirstCuts.class);

    private static final int MOST = 256;

    private final Target target;
    private final Batcher<Doomed> all = new Batcher<>(1, MOST, this::cut);
    private final Batcher<Doomed> holding = new Batcher<>(1, MOST, this::insist);

    FirstCuts(Target target) {
        this.target = target;
    }

    private static final class Doomed {

        final UUID lease;
        final boolean observed;
        /** Logins of the lease that may still log in. */
        volatile Set<String> left = Set.of();

        Doomed(UUID lease, boolean observed) {
            this.lease = lease;
            this.observed = observed;
        }
    }

    /**
     * Returns when their power is taken, as far as that is quick; what fails is left to each one's own turn.
     *
     * @param observed whether somebody else has made their logins: then those are found by their names, which carry the lease's id
     */
    void take(Collection<UUID> leases, boolean observed) {
        List<Doomed> doomed =
                leases.stream().map(lease -> new Doomed(lease, observed)).toList();
        all.work(doomed);
        List<Doomed> left = doomed.stream().filter(one -> !one.left.isEmpty()).toList();
        if (!left.isEmpty()) {
            holding.work(left);
        }
    }

    private void cut(List<Doomed> batch) {
        connected(batch, connection -> {
            Map<String, UUID> logins = logins(connection, batch);
            Map<UUID, Set<String>> left = new HashMap<>();
            for (String login : new LoginBatch(target, connection, logins.keySet()).cut()) {
                left.computeIfAbsent(logins.get(login), lease -> new HashSet<>())
                        .add(login);
            }
            batch.forEach(one -> one.left = left.getOrDefault(one.lease, Set.of()));
        });
    }

    private void insist(List<Doomed> batch) {
        connected(batch, connection -> {
            Set<String> logins = new TreeSet<>();
            batch.forEach(one -> logins.addAll(one.left));
            new LoginBatch(target, connection, logins).insist();
        });
    }

    private static Map<String, UUID> logins(Connection connection, List<Doomed> batch) throws SQLException {
        Map<String, UUID> logins = new TreeMap<>();
        List<UUID> observed = new ArrayList<>();
        for (Doomed one : batch) {
            if (one.observed) {
                observed.add(one.lease);
            } else {
                logins.put(LoginRole.nameOf(one.lease), one.lease);
            }
        }
        if (!observed.isEmpty()) {
            logins.putAll(LoginRole.carrying(connection, observed));
        }
        return logins;
    }

    @FunctionalInterface
    private interface Work {
        void with(Connection connection) throws SQLException;
    }

    private void connected(List<Doomed> batch, Work work) {
        long begun = System.nanoTime();
        try (Connection connection = target.connectFirst()) {
            long connected = System.nanoTime();
            work.with(connection);
            LOG.debug(
                    "{}: the power of {} leases was taken in {} ms, after {} ms for a connection",
                    target.name(),
                    batch.size(),
                    (System.nanoTime() - connected) / 1_000_000,
                    (connected - begun) / 1_000_000);
        } catch (SQLException e) {
            LOG.debug("{}: {} leases are ended one by one: {}", target.name(), batch.size(), e.getMessage());
        }
    }
}
