package io.errand.broker.audit;

import io.errand.api.CheckpointView;
import io.errand.api.LogProof;
import io.errand.api.log.Checkpoint;
import io.errand.api.log.MerkleTree;
import io.errand.broker.audit.LogEntries.Place;
import io.errand.broker.audit.LogTables.Log;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.web.Answers;
import io.errand.broker.shared.web.PageRequest;
import io.errand.broker.shared.web.SortOrder;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * {@code /admin/v1/audit/export}, {@code /disclosures}, {@code /checkpoints} and {@code /proofs}: the log for those who do not believe
 * the broker.
 */
@RestController
@RequestMapping("/admin/v1/audit")
class LogProofsEndpoint {

    private static final String JSON_LINES = "application/jsonl";
    private static final int MAX_PAGE = 1000;
    private static final Problem NO_LOG = Problem.notFound("The log has no entry yet: ask again in a second.");

    private final LogTables tables;
    private final LogEntries entries;
    private final LogTiles tiles;
    private final Cosignatures cosignatures;
    private final LogExport export;
    private final Audit audit;
    private final TransactionTemplate transaction;

    LogProofsEndpoint(
            LogTables tables,
            LogEntries entries,
            LogTiles tiles,
            Cosignatures cosignatures,
            LogExport export,
            Audit audit,
            TransactionTemplate transaction) {
        this.tables = tables;
        this.entries = entries;
        this.tiles = tiles;
        this.cosignatures = cosignatures;
        this.export = export;
        this.audit = audit;
        this.transaction = transaction;
    }

    private interface Writer {
        void write(Log log, @Nullable Checkpoint since, OutputStream to) throws IOException;
    }

    /** The log as JSON Lines, with what proves it (docs/audit.md). {@code since}: a number of entries, or a time (RFC 3339). */
    @Answers(value = String.class, type = JSON_LINES)
    @GetMapping("/export")
    @Nullable
    ResponseEntity<Object> export(
            @RequestParam(required = false) @Nullable String since,
            @RequestParam(required = false) @Nullable String origin,
            Principal who,
            HttpServletResponse response)
            throws IOException {
        return written("audit.exported", since, origin, who, response, export::lines);
    }

    /** What stands in the log as digests, as JSON Lines, for the same {@code since}. */
    @Answers(value = String.class, type = JSON_LINES)
    @GetMapping("/disclosures")
    @Nullable
    ResponseEntity<Object> disclosures(
            @RequestParam(required = false) @Nullable String since,
            @RequestParam(required = false) @Nullable String origin,
            Principal who,
            HttpServletResponse response)
            throws IOException {
        return written("audit.disclosed", since, origin, who, response, export::disclosures);
    }

    /** Null: it was written, as it was read. */
    private @Nullable ResponseEntity<Object> written(
            String kind,
            @Nullable String since,
            @Nullable String origin,
            Principal who,
            HttpServletResponse response,
            Writer writer)
            throws IOException {
        Log log = log(origin).orElse(null);
        if (log == null) {
            return NO_LOG.response();
        }
        Checkpoint from = null;
        if (since != null) {
            Optional<Checkpoint> found = since(log, since);
            if (found.isEmpty()) {
                return Problem.badRequest(
                                "since is the number of entries of one of the log's checkpoints"
                                        + " (/admin/v1/audit/checkpoints), or a time such as 2026-01-31T12:00:00Z after the first one.")
                        .response();
            }
            from = found.get();
            if (from.size() < log.minimumIndex()) {
                return Problem.badRequest("The entries before place " + log.minimumIndex()
                                + " are not kept any more: leave out since, or name a later one.")
                        .response();
            }
        }
        Checkpoint begin = from;
        transaction.executeWithoutResult(status -> audit.record(AuditEvent.of(kind)
                .by(who.getName())
                .with("origin", log.origin())
                .with("first", begin == null ? log.minimumIndex() : begin.size())
                .with("size", log.size())));
        response.setContentType(JSON_LINES);
        writer.write(log, begin, response.getOutputStream());
        return null;
    }

    private Optional<Log> log(@Nullable String origin) {
        return (origin == null ? tables.newest() : tables.named(origin)).filter(log -> log.checkpoint() != null);
    }

    private Optional<Checkpoint> since(Log log, String since) {
        if (since.matches("[0-9]{1,18}")) {
            long size = Long.parseLong(since);
            return tables.checkpointUpTo(log.number(), size).filter(found -> found.size() == size);
        }
        try {
            return Optional.of(OffsetDateTime.parse(since))
                    .filter(time -> time.getYear() >= 1 && time.getYear() <= 9999)
                    .flatMap(time -> tables.checkpointBefore(log.number(), time));
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }

    /** The log's checkpoints, the smallest first; {@code cursor} is a number of entries. */
    @Answers(value = CheckpointView.class, page = true)
    @GetMapping("/checkpoints")
    ResponseEntity<Object> checkpoints(
            @RequestParam(required = false) @Nullable String origin,
            @RequestParam(required = false) @Nullable String cursor,
            @RequestParam(defaultValue = "100") int limit) {
        Log log = log(origin).orElse(null);
        return PageRequest.of(cursor, LogProofsEndpoint::size, limit, MAX_PAGE, null, SortOrder.ASC)
                .then(asked -> Result.ok(asked.page(
                        (log == null
                                        ? List.<Checkpoint>of()
                                        : tables.checkpoints(
                                                log.number(), asked.after() == null ? -1 : asked.after(), asked.rows()))
                                .stream()
                                        .map(checkpoint ->
                                                log == null ? checkpoint : cosignatures.on(log.number(), checkpoint))
                                        .map(LogProofsEndpoint::view)
                                        .toList(),
                        view -> Long.toString(view.size()))))
                .response();
    }

    private static Optional<Long> size(String text) {
        return text.matches("[0-9]{1,18}") ? Optional.of(Long.valueOf(text)) : Optional.empty();
    }

    private static CheckpointView view(Checkpoint checkpoint) {
        return new CheckpointView(
                checkpoint.origin(),
                checkpoint.size(),
                Base64.getEncoder().encodeToString(checkpoint.root()),
                checkpoint.toString());
    }

    /**
     * That an event is in the log ({@code event}), or a lease's end ({@code lease}); and that a checkpoint of so many entries is its past
     * ({@code consistency}).
     */
    @Answers(LogProof.class)
    @GetMapping("/proofs")
    ResponseEntity<Object> proofs(
            @RequestParam(required = false) @Nullable String event,
            @RequestParam(required = false) @Nullable String lease,
            @RequestParam(required = false) @Nullable String consistency) {
        if ((event == null ? 0 : 1) + (lease == null ? 0 : 1) + (consistency == null ? 0 : 1) != 1) {
            return Problem.badRequest("Ask for one of event, lease and consistency.")
                    .response();
        }
        if (consistency != null) {
            return consistency(consistency);
        }
        Optional<UUID> id = Ids.parse(event == null ? String.valueOf(lease) : event);
        if (id.isEmpty()) {
            return Problem.badRequest("event and lease are ids as this service writes them.")
                    .response();
        }
        return (event == null ? entries.endOf(id.get()) : id)
                .flatMap(entries::placeOf)
                .map(place -> ResponseEntity.ok((Object) inclusion(place)))
                .orElseGet(() -> Problem.notFound(
                                "There is no such event in the log, or it has no place yet: ask again in two seconds.")
                        .response());
    }

    private LogProof inclusion(Place place) {
        Log log = tables.numbered(place.log()).orElseThrow();
        Checkpoint checkpoint = witnessed(log, place.place());
        MerkleTree tree = new MerkleTree(checkpoint.size(), tiles.of(log.number()));
        return new LogProof(
                place.place(),
                place.place() < log.minimumIndex()
                        ? null
                        : new String(
                                entries.lines(log.number(), place.place(), place.place() + 1)
                                        .getFirst(),
                                StandardCharsets.UTF_8),
                texts(tree.inclusion(place.place())),
                checkpoint.toString());
    }

    /** The checkpoint with that place that most witnesses have cosigned lately; where none has, the last one. */
    private Checkpoint witnessed(Log log, long place) {
        return cosignatures
                .best(log.number(), place, log.size())
                .flatMap(size -> tables.checkpointUpTo(log.number(), size).filter(found -> found.size() == size))
                .map(found -> cosignatures.on(log.number(), found))
                .orElseGet(() -> Objects.requireNonNull(log.checkpoint()));
    }

    private ResponseEntity<Object> consistency(String before) {
        Log log = log(null).orElse(null);
        Optional<Long> size = size(before);
        if (log == null || size.isEmpty() || size.get() > log.size()) {
            return Problem.badRequest("consistency is a number of entries that the log had once.")
                    .response();
        }
        return ResponseEntity.ok(new LogProof(
                size.get(),
                null,
                texts(new MerkleTree(log.size(), tiles.of(log.number())).consistency(size.get())),
                cosignatures
                        .on(log.number(), Objects.requireNonNull(log.checkpoint()))
                        .toString()));
    }

    private static List<String> texts(List<byte[]> hashes) {
        return hashes.stream().map(Base64.getEncoder()::encodeToString).toList();
    }
}
