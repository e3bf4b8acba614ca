package io.errand.api.log;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/** The right edge of a tree, to which entries are added: what it hands out are tiles that are whole and will not change. */
public final class GrowingTree {

    private final List<ByteArrayOutputStream> edge = new ArrayList<>();
    private final CompactRange range;

    /** An empty tree. */
    public GrowingTree() {
        range = new CompactRange();
    }

    /** A tree of some size whose right edge is read from its tiles. */
    public GrowingTree(long size, TileReader tiles) {
        range = new MerkleTree(size, tiles).range(size);
        long hashes = size;
        for (int level = 0; hashes > 0; level++) {
            int width = (int) (hashes % Tile.WIDTH);
            ByteArrayOutputStream tile = new ByteArrayOutputStream();
            if (width > 0) {
                tile.write(tiles.read(new Tile(level, hashes / Tile.WIDTH, width)), 0, width * TreeHash.BYTES);
            }
            edge.add(tile);
            hashes /= Tile.WIDTH;
        }
    }

    public long size() {
        return range.size();
    }

    public byte[] root() {
        return range.root();
    }

    /** Adds one entry by its hash; {@code whole} takes each tile that it completes, with its hashes. */
    public void add(byte[] leaf, BiConsumer<Tile, byte[]> whole) {
        long index = range.size();
        range.add(leaf);
        byte[] hash = leaf;
        for (int level = 0; hash.length > 0; level++) {
            if (level == edge.size()) {
                edge.add(new ByteArrayOutputStream());
            }
            ByteArrayOutputStream tile = edge.get(level);
            tile.writeBytes(hash);
            hash = new byte[0];
            index /= Tile.WIDTH;
            if (tile.size() == Tile.WIDTH * TreeHash.BYTES) {
                byte[] hashes = tile.toByteArray();
                tile.reset();
                whole.accept(new Tile(level, index, Tile.WIDTH), hashes);
                hash = rootOf(hashes);
            }
        }
    }

    /** The root over a whole tile: what stands for it one level above. */
    public static byte[] rootOf(byte[] hashes) {
        return Tile.root(hashes, 0, Tile.WIDTH);
    }
}
