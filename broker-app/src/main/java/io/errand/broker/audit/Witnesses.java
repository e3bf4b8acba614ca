package io.errand.broker.audit;

import io.errand.api.log.Checkpoint;
import io.errand.api.log.MerkleTree;
import io.errand.api.log.WitnessKey;
import io.errand.api.log.WitnessKey.Cosignature;
import io.errand.broker.audit.CheckpointProperties.Witness;
import io.errand.broker.audit.LogTables.Log;
import io.errand.broker.shared.outbound.Outbound;
import io.errand.broker.shared.outbound.Outbound.Reply;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Asks witnesses for cosignatures of the last checkpoint (C2SP {@code tlog-witness}, {@code add-checkpoint}), outside of transactions.
 * Which size a witness has seen, it says itself; one that has seen more than there is shows that an older state was restored.
 */
@Component
class Witnesses {

    private static final Logger LOG = LoggerFactory.getLogger(Witnesses.class);

    private static final Duration WITHIN = Duration.ofSeconds(10);
    private static final int MOST_ANSWER = 64 * 1024;

    private final CheckpointProperties settings;
    private final AuditProperties audit;
    private final LogTables tables;
    private final LogTiles tiles;
    private final Cosignatures cosignatures;
    private final Outbound outbound;
    private final Map<String, String> troubles = new TreeMap<>();

    Witnesses(
            CheckpointProperties settings,
            AuditProperties audit,
            LogTables tables,
            LogTiles tiles,
            Cosignatures cosignatures,
            Outbound outbound) {
        this.settings = settings;
        this.audit = audit;
        this.tables = tables;
        this.tiles = tiles;
        this.cosignatures = cosignatures;
        this.outbound = outbound;
        settings.witnesses()
                .forEach((name, witness) -> outbound.check(
                        CheckpointProperties.WITNESSES + name + ".url", Objects.requireNonNull(witness.url())));
    }

    @Scheduled(fixedDelayString = "PT1S")
    void onSchedule() {
        if (!audit.sequence()) {
            return;
        }
        settings.witnesses().forEach((name, witness) -> {
            try {
                ask(name, witness);
            } catch (RuntimeException e) {
                tell(name, e.toString());
            }
        });
    }

    private void ask(String name, Witness witness) {
        Log log = tables.newest().orElse(null);
        Checkpoint checkpoint = log == null ? null : log.checkpoint();
        if (log == null || checkpoint == null) {
            return;
        }
        WitnessKey key = witness.verifier();
        long last = cosignatures.last(log.number(), key.name());
        if (last >= checkpoint.size() || !cosignatures.isDue(key.name(), witness.interval())) {
            return;
        }
        String trouble = cosigned(log, checkpoint, witness, key, last);
        cosignatures.asked(key.name(), trouble);
        tell(name, trouble);
    }

    /** Asks, and once more from where the witness says that it is. Null: it has cosigned. */
    private @Nullable String cosigned(Log log, Checkpoint checkpoint, Witness witness, WitnessKey key, long last) {
        Reply reply = send(log, checkpoint, witness, last);
        if (reply instanceof Reply.Answered(int status, String type, byte[] body) && status == 409) {
            long seen = size(body);
            if (seen > checkpoint.size()) {
                return "it has cosigned " + seen + " entries of " + log.origin() + ", and the database has "
                        + checkpoint.size() + ": an older state was restored. See docs/audit.md, After a restore";
            }
            reply = seen < 0 ? reply : send(log, checkpoint, witness, seen);
        }
        return switch (reply) {
            case Reply.Answered(int status, String type, byte[] body)
            when status == 200 -> kept(log, checkpoint, key, new String(body, StandardCharsets.UTF_8));
            case Reply.Answered(int status, String type, byte[] body)
            when status == 404 ->
                "it does not know the log " + log.origin() + ": have its operator add the log's key (/log/vkey)";
            case Reply.Answered(int status, String type, byte[] body) -> "it answers " + status;
            case Reply.Failed(String cause) -> cause;
            case Reply.TimedOut() -> "no answer within " + WITHIN.toSeconds() + " s";
        };
    }

    private @Nullable String kept(Log log, Checkpoint checkpoint, WitnessKey key, String lines) {
        Optional<Cosignature> cosignature = key.of(checkpoint.with(List.of(lines)));
        if (cosignature.isEmpty()) {
            return "what it answers is no cosignature of its key";
        }
        cosignatures.keep(log.number(), checkpoint.size(), key.name(), cosignature.get());
        return null;
    }

    private Reply send(Log log, Checkpoint checkpoint, Witness witness, long old) {
        StringBuilder body = new StringBuilder("old ").append(old).append('\n');
        if (old > 0 && old < checkpoint.size()) {
            new MerkleTree(checkpoint.size(), tiles.of(log.number()))
                    .consistency(old)
                    .forEach(hash -> body.append(Base64.getEncoder().encodeToString(hash))
                            .append('\n'));
        }
        body.append('\n').append(checkpoint.alone());
        String prefix = String.valueOf(witness.url()).replaceFirst("/$", "");
        return outbound.send(
                new Outbound.Request(
                        URI.create(prefix + "/add-checkpoint"),
                        Map.of("Content-Type", "text/plain; charset=utf-8"),
                        body.toString().getBytes(StandardCharsets.UTF_8),
                        MOST_ANSWER),
                WITHIN);
    }

    /** What a witness says that it has seen ({@code text/x.tlog.size}); -1: that is no number. */
    private static long size(byte[] body) {
        String text = new String(body, StandardCharsets.UTF_8).strip();
        return text.matches("[0-9]{1,18}") ? Long.parseLong(text) : -1;
    }

    private synchronized void tell(String name, @Nullable String trouble) {
        String before = trouble == null ? troubles.remove(name) : troubles.put(name, trouble);
        if (trouble != null && !trouble.equals(before)) {
            LOG.error("The witness {} does not cosign the audit log: {}", name, trouble);
        }
    }
}
