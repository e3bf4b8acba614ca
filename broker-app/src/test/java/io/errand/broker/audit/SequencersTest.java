package io.errand.broker.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.errand.api.log.MerkleTree;
import io.errand.broker.audit.LogTables.Log;
import io.errand.broker.key.LogKeys;
import io.errand.broker.shared.Ids;
import io.errand.testing.BrokerTest;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.TransactionSystemException;
import org.springframework.transaction.support.TransactionTemplate;

/** Whoever sequences, and whoever dies of it: each committed event has one place, and each place one event. */
@BrokerTest
class SequencersTest {

    private static final Duration SOON = Duration.ofSeconds(30);

    private final LogTables tables;
    private final LogEntries entries;
    private final LogTiles tiles;
    private final LogContinuity continuity;
    private final LogKeys keys;
    private final CheckpointFile file;
    private final CheckpointCopies copies;
    private final PlatformTransactionManager transactions;
    private final JdbcClient jdbc;
    private final DataSource database;

    @Autowired
    SequencersTest(
            LogTables tables,
            LogEntries entries,
            LogTiles tiles,
            LogContinuity continuity,
            LogKeys keys,
            CheckpointFile file,
            CheckpointCopies copies,
            PlatformTransactionManager transactions,
            JdbcClient jdbc,
            DataSource database) {
        this.tables = tables;
        this.entries = entries;
        this.tiles = tiles;
        this.continuity = continuity;
        this.keys = keys;
        this.file = file;
        this.copies = copies;
        this.transactions = transactions;
        this.jdbc = jdbc;
        this.database = database;
    }

    /** Two beside the service's own, and four who write and commit in an order that is not that of their ids. */
    @Test
    void twoAtOnceGiveNoPlaceTwice() throws InterruptedException {
        List<Thread> sequencers = List.of(
                Thread.ofVirtual().start(this::sequenceOnAndOn),
                Thread.ofVirtual().start(this::sequenceOnAndOn));
        List<List<UUID>> written = new ArrayList<>();
        List<Thread> writers = new ArrayList<>();
        for (int n = 0; n < 4; n++) {
            List<UUID> mine = new ArrayList<>();
            written.add(mine);
            writers.add(Thread.ofVirtual().start(() -> write(mine)));
        }
        for (Thread writer : writers) {
            writer.join();
        }
        List<UUID> all = written.stream().flatMap(List::stream).toList();
        awaitPlaces(all);
        sequencers.forEach(Thread::interrupt);

        assertThat(all).hasSize(4 * 60);
        isWhole();
    }

    private void sequenceOnAndOn() {
        Sequencer own = new Sequencer(
                tables,
                entries,
                tiles,
                continuity,
                keys,
                file,
                copies,
                new AuditProperties(1, true, null, null),
                transactions);
        while (!Thread.currentThread().isInterrupted()) {
            own.sequence();
        }
    }

    private void write(List<UUID> mine) {
        TransactionTemplate transaction = new TransactionTemplate(transactions);
        for (int n = 0; n < 30; n++) {
            transaction.executeWithoutResult(status -> {
                mine.add(insert());
                if (ThreadLocalRandom.current().nextInt(5) == 0) {
                    jdbc.sql("SELECT 1 FROM pg_sleep(0.05)")
                            .query(Integer.class)
                            .single();
                }
                mine.add(insert());
            });
        }
    }

    @Test
    void oneThatDiesLeavesItsEventsToTheNext() throws SQLException {
        UUID event;
        try (Connection dying = database.getConnection()) {
            dying.setAutoCommit(false);
            try (var statement = dying.createStatement()) {
                statement.execute("SELECT pg_advisory_xact_lock(hashtext('errand.audit.sequencer'))");
                event = insert();
                statement.execute("DELETE FROM audit_queue");
                statement.execute(
                        "INSERT INTO audit_leaf (event_id, log, place) VALUES ('" + event + "', 1, 1000000000)");
            }
            assertThat(entries.placeOf(event)).isEmpty();
            dying.rollback();
        }

        awaitPlaces(List.of(event));
        isWhole();
    }

    @Test
    void whatWasAddedToTheTreeAndNotCommittedIsForgotten() {
        UUID event = insert();
        Sequencer own = new Sequencer(
                tables,
                entries,
                tiles,
                continuity,
                keys,
                file,
                copies,
                new AuditProperties(1, true, null, null),
                new FailsOnce());

        assertThatThrownBy(own::sequence).isInstanceOf(TransactionSystemException.class);

        await().atMost(SOON).until(() -> {
            own.sequence();
            return entries.placeOf(event).isPresent();
        });
        isWhole();
    }

    /** The first commit fails, as where the connection is lost. */
    private final class FailsOnce implements PlatformTransactionManager {

        private boolean hasFailed;

        @Override
        public TransactionStatus getTransaction(@Nullable TransactionDefinition definition) {
            return transactions.getTransaction(definition);
        }

        @Override
        public void commit(TransactionStatus status) {
            if (hasFailed) {
                transactions.commit(status);
                return;
            }
            hasFailed = true;
            transactions.rollback(status);
            throw new TransactionSystemException("lost before the commit");
        }

        @Override
        public void rollback(TransactionStatus status) {
            transactions.rollback(status);
        }
    }

    private UUID insert() {
        UUID id = Ids.next();
        jdbc.sql(
                        "INSERT INTO audit_event (id, at, kind, details) VALUES (:id, clock_timestamp(), 'test.written', '{}')")
                .param("id", id)
                .update();
        return id;
    }

    private void awaitPlaces(List<UUID> events) {
        await().atMost(SOON)
                .until(() ->
                        events.stream().allMatch(event -> entries.placeOf(event).isPresent()));
    }

    /** As many leaves as entries, no place twice, and the tables have the tree that was signed. */
    private void isWhole() {
        Log log = tables.newest().orElseThrow();
        long size = log.size();
        assertThat(jdbc.sql("SELECT count(*) FROM audit_leaf WHERE log = :log AND place < :size")
                        .param("log", log.number())
                        .param("size", size)
                        .query(Long.class)
                        .single())
                .isEqualTo(size);
        assertThat(jdbc.sql("SELECT count(DISTINCT place) FROM audit_leaf WHERE log = :log AND place < :size")
                        .param("log", log.number())
                        .param("size", size)
                        .query(Long.class)
                        .single())
                .isEqualTo(size);
        assertThat(new MerkleTree(size, tiles.of(log.number())).root())
                .isEqualTo(Objects.requireNonNull(log.checkpoint()).root());
    }
}
