package io.errand.api.log;

import java.util.ArrayList;
import java.util.List;

/** A tree of some size whose hashes are read from tiles: its root, and proofs about it (RFC 9162 §2.1). */
public final class MerkleTree {

    private final long size;
    private final TileReader tiles;

    public MerkleTree(long size, TileReader tiles) {
        this.size = size;
        this.tiles = tiles;
    }

    public long size() {
        return size;
    }

    byte[] tile(Tile tile) {
        return tiles.read(tile);
    }

    /** The range over the first entries, as many as {@code end} says. */
    public CompactRange range(long end) {
        return CompactRange.of(end, between(0, end));
    }

    public byte[] root() {
        return range(size).root();
    }

    /** The hashes of the largest subtrees between two places, from left to right. */
    public List<byte[]> between(long from, long to) {
        List<byte[]> hashes = new ArrayList<>();
        long at = from;
        for (int height : CompactRange.heights(from, to)) {
            hashes.add(node(height, at >> height));
            at += 1L << height;
        }
        return hashes;
    }

    /** That the entry at that place is in the tree (§2.1.3.1), lowest hash first. */
    public List<byte[]> inclusion(long place) {
        if (place < 0 || place >= size) {
            throw new IllegalArgumentException("the tree has no place " + place);
        }
        List<byte[]> proof = new ArrayList<>();
        path(place, 0, size, proof);
        return proof;
    }

    private void path(long place, long from, long to, List<byte[]> proof) {
        if (to - from == 1) {
            return;
        }
        long middle = from + split(to - from);
        if (place < middle) {
            path(place, from, middle, proof);
            proof.add(hash(middle, to));
        } else {
            path(place, middle, to, proof);
            proof.add(hash(from, middle));
        }
    }

    /** That the tree of that size is a prefix of this one (§2.1.4.1). */
    public List<byte[]> consistency(long before) {
        if (before < 0 || before > size) {
            throw new IllegalArgumentException("the tree has never had the size " + before);
        }
        List<byte[]> proof = new ArrayList<>();
        if (before > 0 && before < size) {
            subproof(before, 0, size, true, proof);
        }
        return proof;
    }

    private void subproof(long before, long from, long to, boolean isKnown, List<byte[]> proof) {
        if (before == to) {
            if (!isKnown) {
                proof.add(hash(from, to));
            }
            return;
        }
        long middle = from + split(to - from);
        if (before <= middle) {
            subproof(before, from, middle, isKnown, proof);
            proof.add(hash(middle, to));
        } else {
            subproof(before, middle, to, false, proof);
            proof.add(hash(from, middle));
        }
    }

    /** The largest power of two that is less. */
    static long split(long width) {
        return Long.highestOneBit(width - 1);
    }

    private byte[] hash(long from, long to) {
        List<byte[]> parts = between(from, to);
        byte[] hash = parts.getLast();
        for (int i = parts.size() - 2; i >= 0; i--) {
            hash = TreeHash.node(parts.get(i), hash);
        }
        return hash;
    }

    private byte[] node(int height, long index) {
        int level = height / Tile.HEIGHT;
        int width = 1 << (height % Tile.HEIGHT);
        long first = index * width;
        Tile tile = Tile.with(level, first, size);
        return Tile.root(tiles.read(tile), (int) (first % Tile.WIDTH), width);
    }
}
