package io.errand.broker.audit;

import io.errand.api.log.Tile;
import io.errand.broker.audit.LogTables.Log;
import io.errand.broker.key.LogKeys;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.web.Answers;
import java.security.Principal;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.http.CacheControl;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * {@code /log}: the log as C2SP {@code tlog-tiles} has it served. Its state and its hashes are anybody's; who may read its entries is
 * for the administrators' security chain to say.
 */
@RestController
@RequestMapping("/log")
class LogEndpoint {

    /** As {@link Tile#path} writes what comes after the level. */
    private static final Pattern INDEX = Pattern.compile("((?:x\\d{3}/){0,5})(\\d{3})(?:\\.p/([1-9]\\d{0,2}))?");

    private static final Problem NO_LOG = Problem.notFound("The log has no entry yet.");
    private static final Problem NO_TILE =
            Problem.notFound("The log has no such tile: ask for /log/checkpoint, which says how many entries it has.");

    private final LogTables tables;
    private final LogEntries entries;
    private final LogTiles tiles;
    private final Cosignatures cosignatures;
    private final LogKeys keys;
    private final Reads reads;

    LogEndpoint(
            LogTables tables,
            LogEntries entries,
            LogTiles tiles,
            Cosignatures cosignatures,
            LogKeys keys,
            Reads reads) {
        this.tables = tables;
        this.entries = entries;
        this.tiles = tiles;
        this.cosignatures = cosignatures;
        this.keys = keys;
        this.reads = reads;
    }

    /** The last one, with the cosignatures that it has by now. */
    @Answers(value = String.class, type = MediaType.TEXT_PLAIN_VALUE)
    @GetMapping("/checkpoint")
    ResponseEntity<Object> checkpoint() {
        return text(tables.newest()
                .flatMap(log -> Optional.ofNullable(log.checkpoint())
                        .map(checkpoint ->
                                cosignatures.on(log.number(), checkpoint).toString())));
    }

    @Answers(value = String.class, type = MediaType.TEXT_PLAIN_VALUE)
    @GetMapping("/vkey")
    ResponseEntity<Object> vkey() {
        return text(tables.newest().flatMap(log -> keys.verifier(log.origin())).map(key -> key + "\n"));
    }

    private static ResponseEntity<Object> text(Optional<String> text) {
        return text.map(body -> ResponseEntity.ok()
                        .contentType(MediaType.parseMediaType("text/plain; charset=utf-8"))
                        .cacheControl(CacheControl.noCache())
                        .<Object>body(body))
                .orElseGet(NO_LOG::response);
    }

    @GetMapping("/tile/{level:[0-7]}/{*index}")
    ResponseEntity<Object> tile(@PathVariable int level, @PathVariable String index) {
        return tables.newest()
                .flatMap(log -> asked(level, index, log.size())
                        .map(tile -> bytes(tiles.of(log.number()).read(tile))))
                .orElseGet(NO_TILE::response);
    }

    @GetMapping("/tile/entries/{*index}")
    ResponseEntity<Object> entries(@PathVariable String index, Principal who) {
        return tables.newest()
                .flatMap(log -> asked(0, index, log.size())
                        .filter(tile -> tile.index() * Tile.WIDTH >= log.minimumIndex())
                        .map(tile -> entries(log, tile, who)))
                .orElseGet(NO_TILE::response);
    }

    /** Each is a part of the whole that a monitor follows, and none the first. */
    private ResponseEntity<Object> entries(Log log, Tile tile, Principal who) {
        long first = tile.index() * Tile.WIDTH;
        byte[] bundle = entries.bundle(log.number(), first, first + tile.width());
        reads.next(new Reads.Read(who.getName(), "log_entries", Map.of("origin", log.origin())), tile.width());
        return bytes(bundle);
    }

    private static ResponseEntity<Object> bytes(byte[] body) {
        return ResponseEntity.ok()
                .contentType(MediaType.APPLICATION_OCTET_STREAM)
                .cacheControl(
                        CacheControl.maxAge(Duration.ofDays(365)).cachePrivate().immutable())
                .body(body);
    }

    /** Empty: the log has none there, or has it under another name. */
    private static Optional<Tile> asked(int level, String index, long size) {
        Matcher path = INDEX.matcher(index.substring(1));
        if (!path.matches()) {
            return Optional.empty();
        }
        long number = Long.parseLong((path.group(1) + path.group(2)).replaceAll("[x/]", ""));
        int width = path.group(3) == null ? Tile.WIDTH : Integer.parseInt(path.group(3));
        if (width > Tile.WIDTH || (path.group(3) != null && width == Tile.WIDTH)) {
            return Optional.empty();
        }
        Tile tile = new Tile(level, number, width);
        long hashes = size >> (8 * level);
        return tile.path().equals("tile/" + level + index)
                        && number <= hashes / Tile.WIDTH
                        && number * Tile.WIDTH + width <= hashes
                ? Optional.of(tile)
                : Optional.empty();
    }
}
