package io.errand.broker.audit;

import io.errand.api.log.GrowingTree;
import io.errand.api.log.Tile;
import io.errand.api.log.TileReader;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The transparency log's hashes, by tiles: whole ones as they were kept, and those at the right edge put together. */
@Component
class LogTiles {

    private final JdbcClient jdbc;

    LogTiles(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    void insert(int log, Tile tile, byte[] hashes) {
        jdbc.sql(
                        "INSERT INTO audit_tile (log, level, index, root, hashes) VALUES (:log, :level, :index, :root, :hashes)")
                .param("log", log)
                .param("level", tile.level())
                .param("index", tile.index())
                .param("root", GrowingTree.rootOf(hashes))
                .param("hashes", hashes)
                .update();
    }

    TileReader of(int log) {
        return tile -> tile(log, tile);
    }

    private byte[] tile(int log, Tile tile) {
        return whole(log, tile).orElseGet(() -> edge(log, tile));
    }

    private Optional<byte[]> whole(int log, Tile tile) {
        return jdbc.sql("SELECT hashes FROM audit_tile WHERE log = :log AND level = :level AND index = :index")
                .param("log", log)
                .param("level", tile.level())
                .param("index", tile.index())
                .query((row, n) -> row.getBytes("hashes"))
                .optional()
                .map(hashes -> Arrays.copyOf(hashes, tile.width() * 32));
    }

    private byte[] edge(int log, Tile tile) {
        long from = tile.index() * Tile.WIDTH;
        List<byte[]> parts = (tile.level() == 0
                        ? jdbc.sql(
                                "SELECT hashes FROM audit_entries WHERE log = :log AND first >= :from AND first < :to ORDER BY first")
                        : jdbc.sql("""
                                SELECT root AS hashes FROM audit_tile
                                 WHERE log = :log AND level = :level AND index >= :from AND index < :to ORDER BY index
                                """).param("level", tile.level() - 1))
                .param("log", log)
                .param("from", from)
                .param("to", from + tile.width())
                .query((row, n) -> row.getBytes("hashes"))
                .list();
        ByteArrayOutputStream hashes = new ByteArrayOutputStream();
        parts.forEach(hashes::writeBytes);
        if (hashes.size() < tile.width() * 32) {
            throw new IllegalStateException("The tables of the audit log have no whole tile " + tile.path());
        }
        return Arrays.copyOf(hashes.toByteArray(), tile.width() * 32);
    }
}
