package io.errand.broker.observation;

import io.errand.api.Sha256;
import io.errand.broker.observation.ObservationProperties.From;
import io.errand.broker.observation.ObservationProperties.Kind;
import io.errand.broker.observation.ObservationProperties.Source;
import io.errand.broker.observation.ObservationTables.ReadFile;
import io.errand.broker.observation.RecordScanner.Cut;
import io.errand.broker.observation.RecordScanner.State;
import io.errand.broker.shared.outbound.Outbound;
import java.io.IOException;
import java.net.URI;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads the logs of one source from where the database says that they have been read to. */
final class SourceReader {

    static final int CHUNK = 1 << 20;
    private static final int HEAD = 256;
    private static final ReadFile NONE = new ReadFile("", 0, 0, "", State.BETWEEN);

    private final String name;
    private final Source source;
    private final ObservationTables tables;
    private final Outbound outbound;
    private final Map<String, IOException> failed = new LinkedHashMap<>();

    SourceReader(String name, Source source, ObservationTables tables, Outbound outbound) {
        this.name = name;
        this.source = source;
        this.tables = tables;
        this.outbound = outbound;
    }

    /**
     * How far a log was read, if nobody else read on meanwhile.
     *
     * @param before what the database said; empty: nothing
     */
    record Progress(String path, Optional<ReadFile> before, ReadFile after) {}

    /**
     * What is new, as much as one transaction takes.
     *
     * @param more whether there is more to read at once
     * @param skipped records that were too long
     */
    record Read(List<Progress> progress, List<Observed> observed, boolean more, int skipped) {}

    /**
     * Outside of a transaction: a server may be slow. An address that fails is left out from then on, and the others go on; but where
     * a source begins with what is new, that cannot be said before all of it was seen once.
     */
    Read next() throws IOException {
        Read read = new Read(new ArrayList<>(), new ArrayList<>(), false, 0);
        boolean isFirst = !tables.isKnown(name);
        for (Path path : source.files() == null ? List.<Path>of() : FileTail.matching(source.files())) {
            try (FileTail tail = new FileTail(path)) {
                read = next(read, tail, isFirst);
            } catch (NoSuchFileException e) {
                // it was rotated away meanwhile
            }
        }
        for (URI uri : source.urls()) {
            HttpTail tail =
                    new HttpTail(uri, source.bearerFile(), ObservationProperties.KEY + name + ".bearer-file", outbound);
            if (failed.containsKey(tail.path())) {
                continue;
            }
            try {
                read = next(read, tail, isFirst);
            } catch (IOException e) {
                if (isFirst && source.from() == From.NOW) {
                    throw e;
                }
                failed.put(tail.path(), e);
            }
        }
        if (isFirst && read.progress().isEmpty()) {
            read.progress().add(new Progress("", Optional.empty(), NONE)); // what comes later is new
        }
        return read;
    }

    /** What went wrong at an address meanwhile, the first such; empty: nothing. */
    Optional<IOException> failure() {
        return failed.values().stream().findFirst();
    }

    private Read next(Read read, Tail tail, boolean isFirst) throws IOException {
        Optional<ReadFile> before = tables.find(name, tail.file());
        ReadFile at = before.isPresent() && goesOn(before.get(), tail)
                ? before.get()
                : new ReadFile(tail.file(), 0, 0, "", State.BETWEEN);
        if (isFirst && source.from() == From.NOW) {
            at = new ReadFile(tail.file(), endOfLastLine(tail), 0, "", State.BETWEEN);
        }
        byte[] chunk = tail.read(at.place(), CHUNK);
        Cut cut = RecordScanner.cut(chunk, at.state(), source.kind() == Kind.POSTGRES_CSV, chunk.length == CHUNK);
        long place = at.place() + cut.consumed();
        byte[] head = tail.read(0, (int) Math.min(HEAD, place));
        if (at.headBytes() > 0 && !begins(head, at)) {
            return read; // another one took its place between two requests: next time
        }
        cut.records().forEach(line -> parsed(line).ifPresent(read.observed()::add));
        read.progress()
                .add(new Progress(
                        tail.path(),
                        before,
                        new ReadFile(tail.file(), place, head.length, Sha256.hex(head), cut.state())));
        return new Read(
                read.progress(), read.observed(), read.more() || chunk.length == CHUNK, read.skipped() + cut.skipped());
    }

    private Optional<Observed> parsed(byte[] line) {
        return switch (source.kind()) {
            case POSTGRES_CSV -> PostgresLog.csv(line);
            case VAULT_AUDIT -> VaultAuditLog.json(line);
            case null, default -> PostgresLog.json(line);
        };
    }

    /** False: it is another log than the one that was known by this, or it was emptied and begins anew. */
    private static boolean goesOn(ReadFile was, Tail tail) throws IOException {
        return tail.has(was.place()) && (was.headBytes() == 0 || begins(tail.read(0, was.headBytes()), was));
    }

    private static boolean begins(byte[] head, ReadFile was) {
        return head.length >= was.headBytes()
                && Sha256.hex(Arrays.copyOf(head, was.headBytes())).equals(was.headSha256());
    }

    private static long endOfLastLine(Tail tail) throws IOException {
        for (long end = tail.size(); end > 0; end -= Math.min(end, CHUNK)) {
            long begin = Math.max(0, end - CHUNK);
            byte[] chunk = tail.read(begin, (int) (end - begin));
            for (int at = chunk.length - 1; at >= 0; at--) {
                if (chunk[at] == '\n') {
                    return begin + at + 1;
                }
            }
        }
        return 0;
    }
}
