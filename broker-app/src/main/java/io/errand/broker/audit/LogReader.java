package io.errand.broker.audit;

import io.errand.api.log.Tile;
import io.errand.broker.audit.LogTables.Log;
import java.util.List;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** A public face of this room: the entries that have a place, in their order, for whoever follows them. */
@Component
public class LogReader {

    private final LogTables tables;
    private final LogEntries entries;

    LogReader(LogTables tables, LogEntries entries) {
        this.tables = tables;
        this.entries = entries;
    }

    /**
     * Where somebody is.
     *
     * @param log the number of one of the logs that there were, one after the other
     * @param place of the entry that comes next
     */
    public record Position(int log, long place) {}

    /**
     * What comes next.
     *
     * @param lines entries one behind the other, as they stand in the log; empty: there is none yet
     * @param origin the name of the log that they are of
     * @param next the position after them
     * @param missed so many entries before them are not kept any more
     */
    public record Next(List<byte[]> lines, String origin, Position next, long missed) {}

    /** Before the first entry that there is. */
    public Position beginning() {
        return tables.oldest()
                .map(log -> new Position(log.number(), log.minimumIndex()))
                .orElse(new Position(1, 0));
    }

    /** After the last entry that there is. */
    public Position end() {
        return tables.newest()
                .map(log -> new Position(log.number(), log.size()))
                .orElse(new Position(1, 0));
    }

    /** At most {@value Tile#WIDTH} entries, as they lie together. */
    public Next after(Position position) {
        Optional<Log> found = tables.numbered(position.log());
        if (found.isEmpty()) {
            return new Next(List.of(), "", position, 0);
        }
        Log log = found.get();
        long from = Math.max(position.place(), log.minimumIndex());
        long missed = from - position.place();
        long to = Math.min(log.size(), (from / Tile.WIDTH + 1) * Tile.WIDTH);
        if (from < to) {
            return new Next(
                    entries.lines(log.number(), from, to), log.origin(), new Position(log.number(), to), missed);
        }
        // A log whose successor has begun gets no entry any more.
        return tables.numbered(log.number() + 1)
                .map(next -> new Next(List.of(), next.origin(), new Position(next.number(), 0), missed))
                .orElse(new Next(List.of(), log.origin(), new Position(log.number(), from), missed));
    }

    /**
     * How far somebody is behind.
     *
     * @param entries that come next
     * @param seconds since the first of them could have been read; 0: there is none
     */
    public record Lag(long entries, double seconds) {}

    public Lag lag(Position position) {
        return tables.lag(position.log(), position.place());
    }
}
