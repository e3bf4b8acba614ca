package io.errand.api.log;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes {@code log.jsonl}: the entries of a log up to a checkpoint, and between them what proves each as it is read. */
public final class ExportWriter {

    private final OutputStream out;
    private final MerkleTree tree;
    private final Deque<Checkpoint> grown;
    private long place;
    private boolean isFirst = true;

    /**
     * Writes the first line.
     *
     * @param tree as the checkpoint has it
     * @param first the place of the first entry to be written
     * @param since a checkpoint of this size, if the reader has one
     * @param grown checkpoints to show, by size; of those outside of what is written nothing is said
     */
    public ExportWriter(
            OutputStream out,
            MerkleTree tree,
            Checkpoint checkpoint,
            long first,
            @Nullable Checkpoint since,
            List<Checkpoint> grown)
            throws IOException {
        this.out = out;
        this.tree = tree;
        this.grown = new ArrayDeque<>(grown);
        this.place = first;
        line(new ExportLine.Head(
                        checkpoint,
                        first,
                        tree.range(first).hashes(),
                        since == null ? null : since.alone(),
                        since == null ? List.of() : tree.consistency(first))
                .bytes());
        while (!this.grown.isEmpty() && this.grown.peek().size() <= first) {
            this.grown.remove();
        }
        beforeEntry();
    }

    /** Writes the next entry. */
    public void entry(byte[] line) throws IOException {
        line(line);
        place++;
        beforeEntry();
    }

    private void beforeEntry() throws IOException {
        if (!grown.isEmpty() && grown.peek().size() == place) {
            Checkpoint checkpoint = grown.remove();
            if (place < tree.size()) {
                line(new ExportLine.Grown(checkpoint).bytes());
            }
        }
        if (place < tree.size() && (place % Tile.WIDTH == 0 || isFirst)) {
            Tile tile = Tile.with(0, place, tree.size());
            long end = tile.index() * Tile.WIDTH + tile.width();
            byte[] hashes = tree.tile(tile);
            line(new ExportLine.Leaves(
                            place,
                            Arrays.copyOfRange(
                                    hashes, (int) (place % Tile.WIDTH) * TreeHash.BYTES, tile.width() * TreeHash.BYTES),
                            tree.between(end, tree.size()))
                    .bytes());
        }
        isFirst = false;
    }

    private void line(byte[] line) throws IOException {
        out.write(line);
        out.write('\n');
    }
}
