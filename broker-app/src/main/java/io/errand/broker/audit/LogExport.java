package io.errand.broker.audit;

import io.errand.api.Json;
import io.errand.api.log.AuditLine;
import io.errand.api.log.Checkpoint;
import io.errand.api.log.Disclosure;
import io.errand.api.log.ExportWriter;
import io.errand.api.log.MerkleTree;
import io.errand.api.log.Tile;
import io.errand.api.log.TileReader;
import io.errand.broker.audit.LogEntries.Placed;
import io.errand.broker.audit.LogTables.Log;
import io.errand.broker.shared.RecentMap;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** The log as files: its lines with what proves them, and the texts that stand in it as digests. Memory is that of a few tiles. */
@Component
class LogExport {

    /** A checkpoint of those in between for each so many entries. */
    private static final int BETWEEN = 4_096;

    private static final int TILES = 64;

    private final LogTables tables;
    private final LogEntries entries;
    private final LogTiles tiles;
    private final Cosignatures cosignatures;

    LogExport(LogTables tables, LogEntries entries, LogTiles tiles, Cosignatures cosignatures) {
        this.tables = tables;
        this.entries = entries;
        this.tiles = tiles;
        this.cosignatures = cosignatures;
    }

    /** @param since a checkpoint of the log from which on to write; null: from its first entry that there is */
    void lines(Log log, @Nullable Checkpoint since, OutputStream to) throws IOException {
        Checkpoint checkpoint = Objects.requireNonNull(log.checkpoint());
        long first = since == null ? log.minimumIndex() : since.size();
        BufferedOutputStream out = new BufferedOutputStream(to, 1 << 16);
        ExportWriter writer = new ExportWriter(
                out,
                new MerkleTree(checkpoint.size(), remembering(tiles.of(log.number()))),
                cosignatures.on(log.number(), checkpoint),
                first,
                since,
                between(log, first, checkpoint.size()));
        for (long place = first; place < checkpoint.size(); ) {
            long end = Math.min(checkpoint.size(), (place / Tile.WIDTH + 1) * Tile.WIDTH);
            for (byte[] line : entries.lines(log.number(), place, end)) {
                writer.entry(line);
            }
            place = end;
        }
        out.flush();
    }

    /** One for each so many entries, and the one that most witnesses have cosigned lately. */
    private List<Checkpoint> between(Log log, long first, long size) {
        Map<Long, Checkpoint> between = new TreeMap<>();
        tables.everySoMany(log.number(), first, size, BETWEEN).forEach(each -> between.put(each.size(), each));
        cosignatures
                .best(log.number(), first, size - 1)
                .flatMap(best -> tables.checkpointUpTo(log.number(), best).filter(found -> found.size() == best))
                .ifPresent(found -> between.put(found.size(), cosignatures.on(log.number(), found)));
        return List.copyOf(between.values());
    }

    /** What stands in the lines as digests, as far as it was not erased, in the order of the log. */
    void disclosures(Log log, @Nullable Checkpoint since, OutputStream to) throws IOException {
        long size = log.size();
        BufferedOutputStream out = new BufferedOutputStream(to, 1 << 16);
        for (long place = since == null ? log.minimumIndex() : since.size(); place < size; ) {
            long end = Math.min(size, (place / Tile.WIDTH + 1) * Tile.WIDTH);
            List<UUID> ids = entries.lines(log.number(), place, end).stream()
                    .map(line -> UUID.fromString(
                            Json.mapper().readTree(line).path("id").asString()))
                    .toList();
            for (Placed placed : entries.placed(log.number(), ids)) {
                for (Disclosure disclosure : AuditLine.disclosures(placed.event(), placed.place(), placed.salts())) {
                    out.write(disclosure.line());
                    out.write('\n');
                }
            }
            place = end;
        }
        out.flush();
    }

    /** Tiles that were read lately are read again for each of the next proofs. */
    static TileReader remembering(TileReader tiles) {
        Map<Tile, byte[]> lately = new RecentMap<>(TILES);
        return tile -> lately.computeIfAbsent(tile, tiles::read);
    }
}
