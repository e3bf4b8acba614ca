package io.errand.broker.audit;

import io.errand.api.log.Checkpoint;
import io.errand.api.log.MerkleTree;
import io.errand.broker.audit.LogTables.Log;
import io.errand.broker.key.LogKeys;
import io.errand.broker.shared.ErrandProperties;
import java.net.URI;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;
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
    private final CheckpointFile file;
    private final LogKeys keys;
    private final Audit audit;
    private final String name;
    private final Clock clock;

    LogContinuity(
            LogTables tables, CheckpointFile file, LogKeys keys, Audit audit, ErrandProperties errand, Clock clock) {
        this.tables = tables;
        this.file = file;
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

    /** The log that goes on, in the transaction that holds the sequencer's lock; the first time, or after a restore, a new one. */
    Log look() {
        Optional<Checkpoint> kept = file.read();
        Log newest = tables.newest().orElse(null);
        String loss = kept.map(checkpoint -> loss(checkpoint, newest)).orElse(null);
        if (loss != null) {
            LOG.error("The audit log is not what was signed: {}. See docs/audit.md, After a restore.", loss);
            goOn(newest, "restored", loss, kept.orElseThrow());
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
        UUID event = audit.append(AuditEvent.of("audit.log_continued")
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
        byte[] root = new MerkleTree(of.size(), tables.tiles(of.number()))
                .range(kept.size())
                .root();
        return Arrays.equals(root, kept.root())
                ? null
                : "the first " + kept.size() + " entries are others than those that were signed";
    }
}
