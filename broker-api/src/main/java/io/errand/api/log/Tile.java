package io.errand.api.log;

import java.util.Arrays;

/**
 * Which part of the tree a tile is, as C2SP {@code tlog-tiles} divides it: 256 hashes of one level, or fewer at the right edge.
 *
 * @param level 0: hashes of entries; each further one is 8 levels of the tree higher
 * @param index from left to right
 * @param width 1 to 256
 */
public record Tile(int level, long index, int width) {

    /** Hashes of a whole tile. */
    public static final int WIDTH = 256;

    /** Levels of the tree in a tile. */
    static final int HEIGHT = 8;

    /** No tree is so large that it has more. */
    private static final int LEVELS = 8;

    private static final int GROUP = 1000;

    public Tile {
        if (level < 0 || level >= LEVELS || index < 0 || width < 1 || width > WIDTH) {
            throw new IllegalArgumentException("there is no such tile");
        }
    }

    /** The tile that holds this hash of a tree of this size. */
    static Tile with(int level, long hash, long size) {
        long index = hash / WIDTH;
        return new Tile(level, index, (int) Math.min(WIDTH, (size >> (HEIGHT * level)) - index * WIDTH));
    }

    public boolean isWhole() {
        return width == WIDTH;
    }

    /** Its path below the log's address, for example {@code tile/0/x001/234.p/56}. */
    public String path() {
        return "tile/" + level + "/" + indexPath(index) + (isWhole() ? "" : ".p/" + width);
    }

    /** The path of the bundle of entries that has this index and so many of them. */
    public static String entriesPath(long index, int width) {
        return "tile/entries/" + indexPath(index) + (width == WIDTH ? "" : ".p/" + width);
    }

    private static String indexPath(long index) {
        StringBuilder path = new StringBuilder(three(index % GROUP));
        for (long rest = index / GROUP; rest > 0; rest /= GROUP) {
            path.insert(0, "x" + three(rest % GROUP) + "/");
        }
        return path.toString();
    }

    private static String three(long number) {
        String digits = Long.toString(number);
        return "0".repeat(3 - digits.length()) + digits;
    }

    /** The root of the subtree over some of a tile's hashes; their number is a power of two. */
    static byte[] root(byte[] hashes, int from, int width) {
        return width == 1
                ? Arrays.copyOfRange(hashes, from * TreeHash.BYTES, (from + 1) * TreeHash.BYTES)
                : TreeHash.node(root(hashes, from, width / 2), root(hashes, from + width / 2, width / 2));
    }
}
