package io.errand.api.log;

import java.util.Arrays;
import java.util.List;

/** What a proof shows to who has nothing but hashes (RFC 9162 §2.1.3.2 and §2.1.4.2). */
public final class Proof {

    private Proof() {}

    /** Whether the entry with that hash is at that place of the tree with this root. */
    public static boolean isIncluded(byte[] leaf, long place, long size, byte[] root, List<byte[]> proof) {
        if (place < 0 || place >= size) {
            return false;
        }
        long at = place;
        long last = size - 1;
        byte[] hash = leaf;
        for (byte[] sibling : proof) {
            if (last == 0) {
                return false;
            }
            if (at % 2 == 1 || at == last) {
                hash = TreeHash.node(sibling, hash);
                while (at % 2 == 0 && at != 0) {
                    at >>= 1;
                    last >>= 1;
                }
            } else {
                hash = TreeHash.node(hash, sibling);
            }
            at >>= 1;
            last >>= 1;
        }
        return last == 0 && Arrays.equals(hash, root);
    }

    /** Whether the tree of the first size and root is a prefix of that of the second. */
    public static boolean isConsistent(long before, byte[] rootBefore, long size, byte[] root, List<byte[]> proof) {
        if (before < 0 || before > size) {
            return false;
        }
        if (before == 0 || before == size) {
            return proof.isEmpty()
                    && (before == 0 ? Arrays.equals(rootBefore, TreeHash.empty()) : Arrays.equals(rootBefore, root));
        }
        boolean isWhole = Long.bitCount(before) == 1;
        if (proof.isEmpty() && !isWhole) {
            return false;
        }
        long at = before - 1;
        long last = size - 1;
        while (at % 2 == 1) {
            at >>= 1;
            last >>= 1;
        }
        byte[] first = isWhole ? rootBefore : proof.getFirst();
        byte[] second = first;
        for (byte[] hash : isWhole ? proof : proof.subList(1, proof.size())) {
            if (last == 0) {
                return false;
            }
            if (at % 2 == 1 || at == last) {
                first = TreeHash.node(hash, first);
                second = TreeHash.node(hash, second);
                while (at % 2 == 0 && at != 0) {
                    at >>= 1;
                    last >>= 1;
                }
            } else {
                second = TreeHash.node(second, hash);
            }
            at >>= 1;
            last >>= 1;
        }
        return last == 0 && Arrays.equals(first, rootBefore) && Arrays.equals(second, root);
    }
}
