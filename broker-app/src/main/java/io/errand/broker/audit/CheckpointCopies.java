package io.errand.broker.audit;

import io.errand.api.log.Checkpoint;
import io.errand.broker.audit.CheckpointProperties.Copy;
import io.errand.broker.audit.CheckpointProperties.S3;
import io.errand.broker.audit.LogTables.Log;
import io.errand.broker.shared.Secret;
import io.errand.broker.shared.outbound.Outbound;
import io.errand.broker.shared.outbound.Outbound.Reply;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Copies of the last checkpoint at addresses, each an object that GET reads and PUT replaces: of a bucket, or of any such server. A
 * library for S3 would bring ten times the code of the two requests that are made of it.
 */
@Component
class CheckpointCopies {

    private static final Logger LOG = LoggerFactory.getLogger(CheckpointCopies.class);

    private static final Duration WITHIN = Duration.ofSeconds(10);
    private static final int MAX_BYTES = 64 * 1024;

    private final Map<String, Copy> copies;
    private final LogTables tables;
    private final Outbound outbound;
    private final Clock clock;
    private final AtomicBoolean hasSigned = new AtomicBoolean();
    private final AtomicBoolean hasShrunk = new AtomicBoolean();
    private final Map<String, Checkpoint> written = new TreeMap<>();
    private final Map<String, String> failures = new TreeMap<>();

    CheckpointCopies(CheckpointProperties settings, LogTables tables, Outbound outbound, Clock clock) {
        this.copies = settings.checkpointCopies();
        this.tables = tables;
        this.outbound = outbound;
        this.clock = clock;
        copies.forEach((name, copy) ->
                outbound.check(CheckpointProperties.COPIES + name + ".url", Objects.requireNonNull(copy.url())));
    }

    /**
     * What each has; one that has none yet is left out.
     *
     * @throws IllegalStateException if one does not answer, or has something else: what it has would be overwritten unseen
     */
    List<Checkpoint> read() {
        List<Checkpoint> kept = new ArrayList<>();
        copies.forEach((name, copy) -> read(name, copy).ifPresent(kept::add));
        return kept;
    }

    private Optional<Checkpoint> read(String name, Copy copy) {
        return switch (send("GET", name, copy, null)) {
            case Reply.Answered(int status, String type, byte[] body)
            when status == 200 && body.length == 0 -> Optional.empty();
            case Reply.Answered(int status, String type, byte[] body)
            when status == 200 ->
                Optional.of(
                        Checkpoint.parse(new String(body, StandardCharsets.UTF_8))
                                .orElseThrow(
                                        () -> new IllegalStateException(
                                                CheckpointProperties.COPIES + name
                                                        + " has no checkpoint, but something else: put one there that was kept, or take it away")));
            case Reply.Answered(int status, String type, byte[] body) when status == 404 -> Optional.empty();
            case Reply reply ->
                throw new IllegalStateException(CheckpointProperties.COPIES + name
                        + " cannot be read, so that a restored database would not be" + " noticed: " + cause(reply));
        };
    }

    /** That this replica has signed, which it does after it has compared: what there is then is copied soon. */
    void signed() {
        hasSigned.set(true);
    }

    @Scheduled(fixedDelayString = "PT1S")
    synchronized void onSchedule() {
        Checkpoint checkpoint = hasSigned.get() && !copies.isEmpty()
                ? tables.newest().map(Log::checkpoint).orElse(null)
                : null;
        if (checkpoint == null) {
            return;
        }
        copies.forEach((name, copy) -> {
            Checkpoint last = written.get(name);
            if (last == null || !checkpoint.toString().equals(last.toString())) {
                write(name, copy, last, checkpoint);
            }
        });
    }

    /** Whether, since this was asked last, the database had less of a log than a copy: continuity is to be looked at again. */
    boolean hasShrunk() {
        return hasShrunk.getAndSet(false);
    }

    private void write(String name, Copy copy, @Nullable Checkpoint last, Checkpoint checkpoint) {
        String failure;
        if (last != null && LogContinuity.isMore(last, checkpoint)) {
            // It is what shows that the database went back to an older state while this replica ran.
            hasShrunk.set(true);
            failure = "it has " + last.size() + " entries of " + last.origin() + " and the database "
                    + checkpoint.size() + ", so that what it has is kept; see docs/audit.md, After a restore";
        } else {
            failure = put(name, copy, checkpoint);
        }
        if (failure == null) {
            written.put(name, checkpoint);
            failures.remove(name);
        } else if (!failure.equals(failures.put(name, failure))) {
            LOG.error("{}{} is not written: {}", CheckpointProperties.COPIES, name, failure);
        }
    }

    /** Why it cannot be put there; null: it was. */
    private @Nullable String put(String name, Copy copy, Checkpoint checkpoint) {
        try {
            Reply reply = send("PUT", name, copy, checkpoint.toString().getBytes(StandardCharsets.UTF_8));
            return reply instanceof Reply.Answered answered && answered.status() / 100 == 2 ? null : cause(reply);
        } catch (RuntimeException e) {
            return e.toString();
        }
    }

    /** Why a copy is not what was signed last at this replica; empty: it is. */
    synchronized Optional<String> failure(String name) {
        return Optional.ofNullable(failures.get(name));
    }

    private Reply send(String method, String name, Copy copy, byte @Nullable [] body) {
        URI url = Objects.requireNonNull(copy.url());
        Map<String, String> headers = new LinkedHashMap<>();
        if (body != null) {
            headers.put("Content-Type", "text/plain; charset=utf-8");
        }
        String key = CheckpointProperties.COPIES + name;
        if (copy.bearerFile() != null) {
            headers.put(
                    "Authorization",
                    "Bearer " + secret(key + ".bearer-file", copy.bearerFile()).reveal());
        }
        S3 s3 = copy.s3();
        if (s3 != null) {
            AwsSignature signature = new AwsSignature(
                    secret(key + ".s3.access-key-id-file", Objects.requireNonNull(s3.accessKeyIdFile())),
                    secret(key + ".s3.secret-access-key-file", Objects.requireNonNull(s3.secretAccessKeyFile())),
                    s3.sessionTokenFile() == null
                            ? null
                            : secret(key + ".s3.session-token-file", s3.sessionTokenFile()),
                    s3.region());
            headers = signature.signed(method, url, headers, body == null ? new byte[0] : body, clock.instant());
        }
        return outbound.send(new Outbound.Request(method, url, headers, body, MAX_BYTES), WITHIN);
    }

    private static Secret secret(String key, Path file) {
        return Secret.read(key, file).strip();
    }

    private static String cause(Reply reply) {
        return switch (reply) {
            case Reply.Answered(int status, String type, byte[] body) -> "it answers " + status;
            case Reply.Failed(String cause) -> cause;
            case Reply.TimedOut() -> "no answer within " + WITHIN.toSeconds() + " s";
        };
    }
}
