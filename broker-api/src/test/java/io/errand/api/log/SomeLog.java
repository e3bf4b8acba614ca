package io.errand.api.log;

import io.errand.api.AuditEntry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** A log in memory: what the service keeps in tables. */
final class SomeLog {

    static final String ORIGIN = "errand.test/log";

    /** Of the first so many events the disclosures are kept. */
    private static final int DISCLOSED = 1000;

    private static final Instant BEGIN = Instant.parse("2026-11-30T10:00:00Z");

    final LogSigner signer;
    final List<byte[]> lines = new ArrayList<>();
    final List<Checkpoint> checkpoints = new ArrayList<>();
    final List<Disclosure> disclosures = new ArrayList<>();
    private final Map<Tile, byte[]> tiles = new HashMap<>();
    private final Map<Tile, byte[]> roots = new HashMap<>();
    private final List<byte[]> leaves = new ArrayList<>();
    private final GrowingTree tree = new GrowingTree();
    private final Random random;

    SomeLog(LogSigner signer, long seed) {
        this.signer = signer;
        this.random = new Random(seed);
    }

    /** A log with so many events, and a checkpoint each time that many were added. */
    static SomeLog of(int events, int between) {
        SomeLog log = new SomeLog(LogSigner.make(ORIGIN), 1);
        log.grow(events, between);
        return log;
    }

    SomeLog grow(int events, int between) {
        for (int i = 1; i <= events; i++) {
            add(event());
            if (i % between == 0 || i == events) {
                checkpoints.add(signer.sign(tree.size(), tree.root()));
            }
        }
        return this;
    }

    /** A decision now and then, and what came of it. */
    private AuditEntry event() {
        int n = lines.size();
        boolean isDecision = n % 2 == 0;
        return event(
                isDecision ? "evaluation.permitted" : "evaluation.closed",
                "d-" + n / 2,
                isDecision ? "permit" : n % 10 == 1 ? "unknown" : "succeeded",
                Map.of("purpose", "Match invoice " + random.nextInt(), "tool", "orders-db"));
    }

    AuditEntry event(String kind, String decision, String outcome, Map<String, Object> details) {
        return new AuditEntry(
                "e-" + lines.size(),
                BEGIN.plusMillis(lines.size()),
                kind,
                "agent:invoice-triage",
                "invoice-triage",
                "t-1",
                null,
                decision,
                outcome,
                details);
    }

    void add(AuditEntry event) {
        AuditLine line = AuditLine.of(event, lines.size(), () -> {
            byte[] salt = new byte[AuditLine.SALT_BYTES];
            random.nextBytes(salt);
            return salt;
        });
        if (lines.size() < DISCLOSED) {
            disclosures.addAll(AuditLine.disclosures(event, lines.size(), line.salts()));
        }
        addLine(line.bytes());
    }

    void addLine(byte[] line) {
        lines.add(line);
        leaves.add(TreeHash.leaf(line));
        tree.add(leaves.getLast(), (tile, hashes) -> {
            tiles.put(tile, hashes);
            roots.put(tile, GrowingTree.rootOf(hashes));
        });
    }

    Checkpoint checkpoint() {
        return signer.sign(tree.size(), tree.root());
    }

    MerkleTree tree(long size) {
        return new MerkleTree(size, this::tile);
    }

    byte[] tile(Tile tile) {
        if (tile.isWhole()) {
            return Objects.requireNonNull(tiles.get(tile));
        }
        List<byte[]> hashes = new ArrayList<>();
        for (long i = tile.index() * Tile.WIDTH; i < tile.index() * Tile.WIDTH + tile.width(); i++) {
            hashes.add(
                    tile.level() == 0
                            ? leaves.get((int) i)
                            : Objects.requireNonNull(roots.get(new Tile(tile.level() - 1, i, Tile.WIDTH))));
        }
        return ExportLine.joined(hashes);
    }

    byte[] export() {
        return export(0, null);
    }

    byte[] export(long first, @Nullable Checkpoint since) {
        try {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            ExportWriter writer =
                    new ExportWriter(out, tree(lines.size()), checkpoint(), first, since, List.copyOf(checkpoints));
            for (byte[] line : lines.subList((int) first, lines.size())) {
                writer.entry(line);
            }
            return out.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
