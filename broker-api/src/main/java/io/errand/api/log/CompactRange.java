package io.errand.api.log;

import java.util.ArrayList;
import java.util.List;

/**
 * The least number of node hashes from which the root over the first entries is known, and to which more entries can be added: one for
 * each bit of their number, the largest subtree first. Memory is that of 64 hashes at most.
 */
public final class CompactRange {

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Node(int height, long index, byte[] hash) {

        boolean isLeftOf(Node other) {
            return height == other.height && index % 2 == 0 && index + 1 == other.index;
        }
    }

    private final List<Node> nodes;
    private long size;

    /** Over nothing yet. */
    public CompactRange() {
        nodes = new ArrayList<>();
    }

    private CompactRange(CompactRange other) {
        nodes = new ArrayList<>(other.nodes);
        size = other.size;
    }

    /**
     * Over the first entries, from the hashes of their subtrees, the largest first.
     *
     * @throws IllegalArgumentException if these are more or fewer hashes than that many entries have
     */
    public static CompactRange of(long size, List<byte[]> hashes) {
        CompactRange range = new CompactRange();
        range.add(size, hashes);
        return range;
    }

    /** A copy, to which other entries can be added. */
    public CompactRange copy() {
        return new CompactRange(this);
    }

    /** Number of entries. */
    public long size() {
        return size;
    }

    /** Adds one entry by its hash. */
    public void add(byte[] leaf) {
        add(0, leaf);
    }

    /** Adds a whole subtree of 2^height entries, which must begin at a multiple of its size. */
    void add(int height, byte[] hash) {
        Node node = new Node(height, size >> height, hash);
        if (node.index << height != size) {
            throw new IllegalArgumentException("no subtree of that size begins here");
        }
        size += 1L << height;
        while (!nodes.isEmpty() && nodes.getLast().isLeftOf(node)) {
            Node left = nodes.removeLast();
            node = new Node(node.height + 1, left.index >> 1, TreeHash.node(left.hash, node.hash));
        }
        nodes.add(node);
    }

    /**
     * Adds the entries up to that size by the hashes of the largest subtrees that lie between.
     *
     * @throws IllegalArgumentException if these are more or fewer hashes than there are such subtrees
     */
    public void add(long newSize, List<byte[]> hashes) {
        List<Integer> heights = heights(size, newSize);
        if (heights.size() != hashes.size()) {
            throw new IllegalArgumentException(
                    heights.size() + " hashes lie between " + size + " and " + newSize + ", not " + hashes.size());
        }
        for (int i = 0; i < heights.size(); i++) {
            add(heights.get(i), hashes.get(i));
        }
    }

    /** The heights of the largest subtrees that lie between two places, from left to right. */
    static List<Integer> heights(long from, long to) {
        List<Integer> heights = new ArrayList<>();
        for (long at = from; at < to; at += 1L << heights.getLast()) {
            int aligned = at == 0 ? Long.SIZE - 2 : Long.numberOfTrailingZeros(at);
            heights.add(Math.min(aligned, Long.SIZE - 1 - Long.numberOfLeadingZeros(to - at)));
        }
        return heights;
    }

    /** The hashes of the subtrees, the largest first. */
    public List<byte[]> hashes() {
        return nodes.stream().map(Node::hash).toList();
    }

    /** The root over all entries (RFC 9162 §2.1.1). */
    public byte[] root() {
        if (nodes.isEmpty()) {
            return TreeHash.empty();
        }
        byte[] root = nodes.getLast().hash;
        for (int i = nodes.size() - 2; i >= 0; i--) {
            root = TreeHash.node(nodes.get(i).hash, root);
        }
        return root;
    }
}
