package io.errand.broker.audit;

import io.errand.api.log.Checkpoint;
import io.errand.api.log.MerkleTree;
import io.errand.api.log.VerifierKey;
import io.errand.broker.audit.LogTables.Log;
import io.errand.broker.key.LogKeys;
import io.errand.broker.shared.ErrandProperties;
import java.net.URI;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Whether the database still has what was signed of it. If the copy of the last checkpoint says more, or something else, an older state
 * was restored: what came after is lost, and a log that went on as if nothing had happened would contradict what others keep. So another
 * one begins, whose first entry names the last checkpoint of the one before.
 */
@Component
class LogContinuity {

    private static final Logger LOG = LoggerFactory.getLogger(LogContinuity.class);
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

    private final LogTables tables;
    private final LogTiles tiles;
    private final CheckpointFile file;
    private final CheckpointCopies copies;
    private final LogKeys keys;
    private final Audit audit;
    private final String name;
    private final Clock clock;

    LogContinuity(
            LogTables tables,
            LogTiles tiles,
            CheckpointFile file,
            CheckpointCopies copies,
            LogKeys keys,
            Audit audit,
            ErrandProperties errand,
            Clock clock) {
        this.tables = tables;
        this.tiles = tiles;
        this.file = file;
        this.copies = copies;
        this.keys = keys;
        this.audit = audit;
        this.name = name(errand.issuer());
        this.clock = clock;
    }

    /** The issuer identifier without its scheme, as C2SP would have names of logs. */
    private static String name(String issuer) {
        URI uri = URI.create(issuer);
        return (uri.getRawAuthority() + uri.getRawPath() + "/log").replace("+", "%2B");
    }

    /** Whether one is of the same log as the other, and has entries that the other lacks. */
    static boolean isMore(Checkpoint one, Checkpoint other) {
        return one.origin().equals(other.origin()) && one.size() > other.size();
    }

    /** Whether the database lacks something of what this replica saw in it while it ran. */
    boolean isMissing(Checkpoint seen, @Nullable Log newest) {
        boolean isLast = newest != null
                && newest.checkpoint() != null
                && newest.checkpoint().toString().equals(seen.toString());
        return !isLast && missing(seen, newest) != null;
    }

    /**
     * What was kept outside of the database: read before the sequencer's lock is taken, which a slow address would else keep from the
     * other replicas. What is older by the time of the lock is a part of what there is then.
     *
     * @throws IllegalStateException if something cannot be read
     */
    List<Checkpoint> kept() {
        return Stream.concat(file.read().stream(), copies.read().stream()).toList();
    }

    /**
     * The log that goes on, in the transaction that holds the sequencer's lock; the first time, or after a restore, a new one.
     *
     * @param all what was kept, and what this replica saw
     */
    Log look(List<Checkpoint> all) {
        Log newest = tables.newest().orElse(null);
        Checkpoint lost = null;
        String loss = null;
        for (Checkpoint kept : all) {
            String missing = missing(kept, newest);
            if (missing != null && (lost == null || lost.size() < kept.size())) {
                lost = kept;
                loss = missing;
            }
        }
        if (loss != null) {
            LOG.error("The audit log is not what was signed: {}. See docs/audit.md, After a restore.", loss);
            goOn(newest, "restored", loss, lost);
        } else if (newest == null) {
            begin(1, name, null);
        } else if (keys.isLost(newest.origin())) {
            goOn(newest, "key_lost", "the key of " + newest.origin() + " is lost", newest.checkpoint());
        } else {
            return newest;
        }
        return tables.newest().orElseThrow();
    }

    /** @param last the last checkpoint of the log that ends, as far as it is known */
    private void goOn(@Nullable Log newest, String outcome, String cause, @Nullable Checkpoint last) {
        String origin = name + "/" + TIME.format(clock.instant());
        LOG.warn(
                "The audit log goes on as {}, whose first entry names the last checkpoint of {}: {}",
                origin,
                last == null ? "none" : last.origin() + ", of " + last.size() + " entries",
                cause);
        UUID event = audit.record(AuditEvent.of("audit.log_continued")
                .by(AuditEvent.BROKER)
                .outcome(outcome)
                .with("origin", origin)
                .with("cause", cause)
                .with("checkpoint", last == null ? null : last.alone().toString())
                .with(
                        "restored",
                        newest == null || newest.checkpoint() == null
                                ? null
                                : newest.checkpoint().toString()));
        begin(newest == null ? 1 : newest.number() + 1, origin, event);
    }

    private void begin(int number, String origin, @Nullable UUID firstEvent) {
        keys.make(origin);
        tables.begin(number, origin, firstEvent);
    }

    /** What is missing, in words, and no log says so yet; null: nothing is. */
    private @Nullable String missing(Checkpoint kept, @Nullable Log newest) {
        String loss = loss(kept, newest);
        return loss == null || isNamed(kept) ? null : loss;
    }

    /**
     * Whether the log went on already after this was lost: each replica that starts has kept a checkpoint of the same restore. What a
     * first entry names is believed if the log signed it or, where its key is lost as well or another one signed, is what was kept.
     */
    private boolean isNamed(Checkpoint kept) {
        VerifierKey key = keys.verifier(kept.origin()).orElse(null);
        String same = kept.alone().toString();
        return tables.namedByFirstEntries().stream()
                .anyMatch(note -> note.equals(same)
                        || Checkpoint.parse(note)
                                .filter(named -> named.origin().equals(kept.origin()) && named.size() >= kept.size())
                                .filter(named -> key == null || named.isOf(key))
                                .isPresent());
    }

    /** What is missing, in words; null: nothing is. */
    private @Nullable String loss(Checkpoint kept, @Nullable Log newest) {
        Log of = tables.named(kept.origin()).orElse(null);
        if (of == null) {
            return newest == null
                    ? "a checkpoint of " + kept.origin() + " was kept, and this database has no log"
                    : "a checkpoint of " + kept.origin() + " was kept, and this database has no such log";
        }
        if (!keys.verifier(of.origin()).filter(kept::isOf).isPresent()) {
            return "a checkpoint was kept that another key has signed under the name of this log";
        }
        if (kept.size() > of.size()) {
            return "a checkpoint of " + kept.size() + " entries was kept, and the database has " + of.size();
        }
        byte[] root = new MerkleTree(of.size(), tiles.of(of.number()))
                .range(kept.size())
                .root();
        return Arrays.equals(root, kept.root())
                ? null
                : "the first " + kept.size() + " entries are others than those that were signed";
    }
}
