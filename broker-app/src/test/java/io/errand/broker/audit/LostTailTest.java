package io.errand.broker.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.errand.api.log.Checkpoint;
import io.errand.broker.audit.CheckpointProperties.Copy;
import io.errand.broker.audit.LogTables.Log;
import io.errand.broker.key.LogKeys;
import io.errand.broker.shared.ErrandProperties;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.outbound.Outbound;
import io.errand.testing.BrokerTest;
import io.errand.testing.ObjectStore;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.TestPropertySource;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The database goes back to an older state while replicas run, as after a failover to a standby that lacks the last commits: nothing that
 * was signed is overwritten or contradicted. The service itself does not sequence here; each test has replicas of its own.
 */
@BrokerTest
@DirtiesContext
@TestPropertySource(properties = "errand.audit.sequence=false")
class LostTailTest {

    private static final Duration SOON = Duration.ofSeconds(30);
    private static final String OBJECT = "/bucket/checkpoint";

    @TempDir
    private Path folder;

    private final LogTables tables;
    private final LogEntries entries;
    private final LogTiles tiles;
    private final LogKeys keys;
    private final Audit audit;
    private final ErrandProperties errand;
    private final Outbound outbound;
    private final Clock clock;
    private final PlatformTransactionManager transactions;
    private final JdbcClient jdbc;
    private int replicas;

    @Autowired
    LostTailTest(
            LogTables tables,
            LogEntries entries,
            LogTiles tiles,
            LogKeys keys,
            Audit audit,
            ErrandProperties errand,
            Outbound outbound,
            Clock clock,
            PlatformTransactionManager transactions,
            JdbcClient jdbc) {
        this.tables = tables;
        this.entries = entries;
        this.tiles = tiles;
        this.keys = keys;
        this.audit = audit;
        this.errand = errand;
        this.outbound = outbound;
        this.clock = clock;
        this.transactions = transactions;
        this.jdbc = jdbc;
    }

    /** One that runs: what it keeps in memory, its file and its copies. */
    private record Replica(Sequencer sequencer, CheckpointCopies copies) {}

    private Replica replica(@Nullable Path file, Map<String, Copy> addresses) {
        AuditProperties settings = new AuditProperties(1, true, file, null);
        CheckpointFile kept = new CheckpointFile(settings);
        CheckpointCopies copies =
                new CheckpointCopies(new CheckpointProperties(Map.of(), addresses), tables, outbound, clock);
        Clock own = Clock.offset(clock, Duration.ofMinutes(replicas++)); // names of logs have seconds
        LogContinuity continuity = new LogContinuity(tables, tiles, kept, copies, keys, audit, errand, own);
        return new Replica(
                new Sequencer(tables, entries, tiles, continuity, keys, kept, copies, settings, transactions), copies);
    }

    private Replica replica() {
        return replica(null, Map.of());
    }

    /** No log, as at first. */
    @BeforeEach
    void none() {
        jdbc.sql("TRUNCATE audit_log, audit_queue, audit_leaf, audit_entries, audit_tile, audit_checkpoint, log_key")
                .update();
    }

    private UUID insert() {
        UUID id = Ids.next();
        jdbc.sql(
                        "INSERT INTO audit_event (id, at, kind, details) VALUES (:id, clock_timestamp(), 'test.written', '{}')")
                .param("id", id)
                .update();
        return id;
    }

    /** What there is after so many more events have their places. */
    private Checkpoint grown(Replica replica, int events) {
        for (int n = 0; n < events; n++) {
            UUID event = insert();
            await("a place").atMost(SOON).until(() -> {
                replica.sequencer.onSchedule();
                return entries.placeOf(event).isPresent();
            });
        }
        return Objects.requireNonNull(newest().checkpoint());
    }

    private Log newest() {
        return tables.newest().orElseThrow();
    }

    /** As a standby has it that lacks the last commits. */
    private void goBackTo(Checkpoint checkpoint) {
        for (String table : new String[] {"audit_checkpoint WHERE size >", "audit_entries WHERE first >="}) {
            jdbc.sql("DELETE FROM " + table + " :size")
                    .param("size", checkpoint.size())
                    .update();
        }
        jdbc.sql("DELETE FROM audit_leaf WHERE place >= :size")
                .param("size", checkpoint.size())
                .update();
    }

    /** The checkpoint that the first entry of the newest log names. */
    private String named() {
        return jdbc.sql("SELECT details->>'checkpoint' FROM audit_event WHERE id = :id")
                .param("id", newest().firstEvent())
                .query(String.class)
                .single();
    }

    private long logs() {
        return jdbc.sql("SELECT count(*) FROM audit_log").query(Long.class).single();
    }

    private Copy copy(ObjectStore store) throws IOException {
        return new Copy(
                URI.create(store.url() + OBJECT), Files.writeString(folder.resolve("token"), "of-the-store"), null);
    }

    private static String object(ObjectStore store) {
        return new String(store.object(OBJECT), StandardCharsets.UTF_8);
    }

    private void goesOnAfter(Replica replica, Checkpoint lost) {
        Checkpoint first = grown(replica, 1);
        assertThat(first.origin()).startsWith(lost.origin() + "/");
        assertThat(named()).isEqualTo(lost.toString());
    }

    @Test
    void aReplicaThatSawMoreSignsNoOtherHistory() {
        Replica replica = replica();
        Checkpoint remains = grown(replica, 1);
        Checkpoint lost = grown(replica, 1);
        goBackTo(remains);
        insert();

        assertThatThrownBy(replica.sequencer::sequence).hasMessageContaining("is looked at again");

        goesOnAfter(replica, lost);
    }

    @Test
    void aReplicaThatSawMoreGoesOnWithTheLogThatNamesIt() throws IOException {
        Path file = folder.resolve("checkpoint");
        Replica replica = replica(file, Map.of());
        Checkpoint remains = grown(replica, 1);
        Checkpoint lost = grown(replica, 1);
        goBackTo(remains);
        goesOnAfter(replica(file, Map.of()), lost);

        Checkpoint next = grown(replica, 1);

        assertThat(next.origin()).isEqualTo(newest().origin()).startsWith(lost.origin() + "/");
        assertThat(logs()).isEqualTo(2);
    }

    @Test
    void norDoesItWhereAnotherHasSignedOneAlready() {
        Replica replica = replica();
        Checkpoint remains = grown(replica, 1);
        Checkpoint lost = grown(replica, 1);
        goBackTo(remains);
        Checkpoint other = grown(replica(), 2);
        assertThat(other.origin()).isEqualTo(lost.origin());
        assertThat(other.size()).isGreaterThan(lost.size());
        insert();

        assertThatThrownBy(replica.sequencer::sequence).hasMessageContaining("is looked at again");

        goesOnAfter(replica, lost);
    }

    @Test
    void aCopyKeepsWhatIsLostUntilAnotherLogNamesIt() throws IOException {
        try (ObjectStore store = new ObjectStore("of-the-store")) {
            Replica replica = replica(null, Map.of("store", copy(store)));
            Checkpoint remains = grown(replica, 1);
            Checkpoint lost = grown(replica, 1);
            replica.copies.onSchedule();
            assertThat(object(store)).isEqualTo(lost.toString());
            goBackTo(remains);

            replica.copies.onSchedule();

            assertThat(object(store)).isEqualTo(lost.toString());
            assertThat(replica.copies.failure("store"))
                    .hasValueSatisfying(failure -> assertThat(failure)
                            .contains("it has " + lost.size() + " entries", "the database " + remains.size()));
            goesOnAfter(replica, lost);
            replica.copies.onSchedule();
            assertThat(object(store))
                    .isEqualTo(Objects.requireNonNull(newest().checkpoint()).toString());
            assertThat(replica.copies.failure("store")).isEmpty();
        }
    }

    @Test
    void whatIsNamedAlreadyIsNotNamedAgain() throws IOException {
        Path one = folder.resolve("one");
        Replica replica = replica(one, Map.of());
        Checkpoint remains = grown(replica, 1);
        Path less = Files.copy(one, folder.resolve("less"));
        grown(replica, 1);
        Path between = Files.copy(one, folder.resolve("between"));
        Checkpoint lost = grown(replica, 1);
        Path another = Files.copy(one, folder.resolve("another"));
        goBackTo(remains);

        replica(one, Map.of()).sequencer.sequence();
        assertThat(named()).isEqualTo(lost.toString());
        for (Path kept : new Path[] {another, between, less}) {
            replica(kept, Map.of()).sequencer.sequence();
        }

        assertThat(logs()).isEqualTo(2);
    }

    @Test
    void norWhereTheDatabaseHasNoLog() throws IOException {
        Path one = folder.resolve("one");
        Checkpoint lost = grown(replica(one, Map.of()), 1);
        Path another = Files.copy(one, folder.resolve("another"));
        none();

        replica(one, Map.of()).sequencer.sequence();
        assertThat(named()).isEqualTo(lost.toString());
        replica(another, Map.of()).sequencer.sequence();

        assertThat(logs()).isEqualTo(1);
    }

    /** But what it lacks beyond what is named is. */
    @Test
    void moreThanIsNamedIsNamed() throws IOException {
        Path one = folder.resolve("one");
        Replica replica = replica(one, Map.of());
        Checkpoint remains = grown(replica, 1);
        grown(replica, 1);
        Path less = Files.copy(one, folder.resolve("less"));
        Checkpoint lost = grown(replica, 1);
        goBackTo(remains);
        replica(less, Map.of()).sequencer.sequence();
        assertThat(logs()).isEqualTo(2);

        replica(one, Map.of()).sequencer.sequence();

        assertThat(named()).isEqualTo(lost.toString());
    }

    /** One file of two replicas, of which the one that goes on has not seen the end. */
    @Test
    void aFileKeepsItToo() throws IOException {
        Path file = folder.resolve("checkpoint");
        Replica replica = replica(file, Map.of());
        Checkpoint remains = grown(replica, 1);
        Checkpoint lost = grown(replica(file, Map.of()), 2);
        goBackTo(remains);

        Checkpoint other = grown(replica, 1);

        assertThat(other.size()).isLessThan(lost.size());
        assertThat(file).hasContent(lost.toString());
        goesOnAfter(replica, lost);
        assertThat(file)
                .hasContent(Objects.requireNonNull(newest().checkpoint()).toString());
    }

    /** The address answers when it has had the sequencer's lock, as another replica wants it. */
    @Test
    void whoReadsACopyKeepsNobodyFromTheLock() throws IOException {
        HttpServer slow = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        slow.createContext("/", exchange -> {
            try (exchange) {
                new TransactionTemplate(transactions).executeWithoutResult(status -> tables.lock());
                exchange.sendResponseHeaders(404, -1);
            }
        });
        slow.start();
        try {
            URI address = URI.create("http://127.0.0.1:" + slow.getAddress().getPort() + OBJECT);
            Replica replica = replica(null, Map.of("slow", new Copy(address, null, null)));
            UUID event = insert();

            replica.sequencer.sequence();

            assertThat(entries.placeOf(event)).isPresent();
        } finally {
            slow.stop(0);
        }
    }
}
