package io.errand.broker.audit;

import io.errand.api.AuditEntry;
import io.errand.api.log.AuditLine;
import io.errand.api.log.Checkpoint;
import io.errand.api.log.GrowingTree;
import io.errand.api.log.LogSigner;
import io.errand.api.log.Tile;
import io.errand.api.log.TreeHash;
import io.errand.broker.audit.LogTables.Log;
import io.errand.broker.key.LogKeys;
import java.io.ByteArrayOutputStream;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Gives committed events their place in the log and signs what it has become. Every replica tries a few times a second, and one at a
 * time does it: taking events from the queue, their lines, their hashes and the checkpoint are one transaction, so whoever dies leaves
 * them all to the next. What is kept in memory is the right edge of the tree, which is only believed where the tables' last checkpoint
 * is the one that it ended with; and the last checkpoint that was seen, since a database may fail over to a standby that lacks it.
 */
@Component
class Sequencer {

    private static final Logger LOG = LoggerFactory.getLogger(Sequencer.class);

    /** With two checkpoints a second, this many events each second for each of them. */
    private static final int BATCH = 5_000;

    private final LogTables tables;
    private final LogEntries entries;
    private final LogTiles tiles;
    private final LogContinuity continuity;
    private final LogKeys keys;
    private final CheckpointFile file;
    private final CheckpointCopies copies;
    private final AuditProperties settings;
    private final TransactionTemplate transaction;
    private final SecureRandom random = new SecureRandom();

    private boolean hasLooked;
    private boolean isFailing;
    private @Nullable Checkpoint seen;
    private @Nullable LogSigner signer;
    private @Nullable GrowingTree tree;

    Sequencer(
            LogTables tables,
            LogEntries entries,
            LogTiles tiles,
            LogContinuity continuity,
            LogKeys keys,
            CheckpointFile file,
            CheckpointCopies copies,
            AuditProperties settings,
            PlatformTransactionManager transactions) {
        this.tables = tables;
        this.entries = entries;
        this.tiles = tiles;
        this.continuity = continuity;
        this.keys = keys;
        this.file = file;
        this.copies = copies;
        this.settings = settings;
        this.transaction = new TransactionTemplate(transactions);
    }

    @Scheduled(fixedDelayString = "PT0.25S")
    void onSchedule() {
        if (!settings.sequence()) {
            return;
        }
        try {
            sequence().ifPresent(checkpoint -> {
                if (!file.write(checkpoint)) {
                    lookAgain();
                }
                copies.signed();
            });
            isFailing = false;
        } catch (RuntimeException e) {
            if (!isFailing) {
                LOG.warn("Events wait for their place in the audit log: {}", e.toString());
            }
            isFailing = true;
        }
    }

    private synchronized void lookAgain() {
        hasLooked = false;
    }

    /** Gives a place to what has none, if it is this replica's turn. The checkpoint after it is committed. */
    synchronized Optional<Checkpoint> sequence() {
        if (copies.hasShrunk()) {
            hasLooked = false;
        }
        if (hasLooked && !entries.isAnythingQueued()) {
            return Optional.empty();
        }
        try {
            List<Checkpoint> kept = hasLooked ? List.of() : kept();
            Optional<Checkpoint> signed = transaction.execute(status -> next(kept));
            hasLooked = true;
            seen = signed.orElse(seen);
            return signed;
        } catch (RuntimeException | Error e) {
            tree = null; // what was added was not committed
            throw e;
        }
    }

    private List<Checkpoint> kept() {
        List<Checkpoint> kept = new ArrayList<>(continuity.kept());
        if (seen != null) {
            kept.add(seen);
        }
        return kept;
    }

    private Optional<Checkpoint> next(List<Checkpoint> kept) {
        if (!hasLooked) {
            tables.lock();
        } else if (!tables.tryLock()) {
            return Optional.empty();
        }
        Log log = hasLooked ? sameAsSeen() : continuity.look(kept);
        if (log.checkpoint() != null) {
            seen = log.checkpoint();
        }
        if (!log.isDue()) {
            return Optional.empty();
        }
        List<AuditEntry> events = events(log);
        return events.isEmpty() ? Optional.empty() : Optional.of(grown(log, events));
    }

    private Log sameAsSeen() {
        Log log = tables.newest().orElse(null);
        if (log == null || (seen != null && continuity.isMissing(seen, log))) {
            hasLooked = false;
            throw new IllegalStateException(
                    "the database lacks what this replica saw in it, so that the audit log is looked at again; see docs/audit.md, After a restore");
        }
        return log;
    }

    private List<AuditEntry> events(Log log) {
        List<UUID> taken = entries.take(BATCH, log.size() == 0 ? log.firstEvent() : null);
        if (taken.isEmpty()) {
            return List.of();
        }
        Map<String, AuditEntry> found =
                entries.withoutPlace(taken).stream().collect(Collectors.toMap(AuditEntry::id, Function.identity()));
        return taken.stream()
                .distinct()
                .map(id -> found.get(id.toString()))
                .filter(event -> event != null)
                .toList();
    }

    private Checkpoint grown(Log log, List<AuditEntry> events) {
        GrowingTree grown = edge(log);
        for (int from = 0; from < events.size(); ) {
            int to = (int) Math.min(events.size(), from + Tile.WIDTH - grown.size() % Tile.WIDTH);
            add(log.number(), grown, events.subList(from, to));
            from = to;
        }
        Checkpoint checkpoint = signer(log).sign(grown.size(), grown.root());
        tables.insertCheckpoint(log.number(), checkpoint);
        return checkpoint;
    }

    private void add(int log, GrowingTree grown, List<AuditEntry> events) {
        long first = grown.size();
        List<AuditLine> lines = new ArrayList<>(events.size());
        ByteArrayOutputStream hashes = new ByteArrayOutputStream();
        for (AuditEntry event : events) {
            AuditLine line = AuditLine.of(event, first + lines.size(), this::salt);
            lines.add(line);
            byte[] hash = TreeHash.leaf(line.bytes());
            hashes.writeBytes(hash);
            grown.add(hash, (tile, whole) -> tiles.insert(log, tile, whole));
        }
        entries.insert(log, first, events, lines, hashes.toByteArray());
    }

    private byte[] salt() {
        byte[] salt = new byte[AuditLine.SALT_BYTES];
        random.nextBytes(salt);
        return salt;
    }

    private GrowingTree edge(Log log) {
        Checkpoint last = log.checkpoint();
        GrowingTree known = tree;
        if (known == null
                || known.size() != log.size()
                || (last != null && !Arrays.equals(known.root(), last.root()))) {
            known = new GrowingTree(log.size(), tiles.of(log.number()));
            if (last != null && !Arrays.equals(known.root(), last.root())) {
                throw new IllegalStateException(
                        "the tables of the log " + log.origin()
                                + " were changed: their root is not the one that was signed; see docs/audit.md, After a restore");
            }
            tree = known;
        }
        return known;
    }

    private LogSigner signer(Log log) {
        LogSigner known = signer;
        if (known == null || !known.verifier().name().equals(log.origin())) {
            known = keys.signer(log.origin());
            signer = known;
        }
        return known;
    }
}
