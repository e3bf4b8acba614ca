package io.errand.api.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The tree is that of RFC 9162, and its proofs show what they are to show and nothing else. */
class TreesTest {

    /** The entries of Certificate Transparency's own reference tests, and the roots over the first of them. */
    private static final List<String> ENTRIES =
            List.of("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f");

    @ParameterizedTest
    @CsvSource({
        "0, e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "1, 6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "2, fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "3, aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "7, ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "8, 5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    })
    void rootsAreThoseOfTheReference(int size, String root) {
        CompactRange range = new CompactRange();
        ENTRIES.subList(0, size)
                .forEach(entry -> range.add(TreeHash.leaf(HexFormat.of().parseHex(entry))));

        assertThat(HexFormat.of().formatHex(range.root())).isEqualTo(root);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 255, 256, 257, 600, 70_000})
    void everyEntryIsProvedAtItsPlaceAndAtNoOther(int size) {
        SomeLog log = plain(size);
        MerkleTree tree = log.tree(size);
        byte[] root = log.checkpoint().root();
        assertThat(tree.root()).isEqualTo(root);

        for (long place : Stream.of(0, 1, 254, 255, 256, 511, size / 2, size - 1)
                .filter(n -> n < size)
                .toList()) {
            List<byte[]> proof = tree.inclusion(place);
            byte[] leaf = TreeHash.leaf(log.lines.get((int) place));
            assertThat(Proof.isIncluded(leaf, place, size, root, proof)).isTrue();
            assertThat(Proof.isIncluded(leaf, place + 1, size, root, proof)).isFalse();
            assertThat(Proof.isIncluded(TreeHash.leaf(root), place, size, root, proof))
                    .isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 256, 300, 512, 599, 600})
    void aTreeIsConsistentWithItsOwnPastAndNoOther(int before) {
        SomeLog log = plain(600);
        MerkleTree tree = log.tree(600);
        byte[] was = log.tree(before).root();
        List<byte[]> proof = tree.consistency(before);

        assertThat(Proof.isConsistent(before, was, 600, tree.root(), proof)).isTrue();
        assertThat(Proof.isConsistent(before, TreeHash.leaf(was), 600, tree.root(), proof))
                .isFalse();
        assertThat(Proof.isConsistent(before, was, 600, TreeHash.leaf(was), proof))
                .isFalse();
    }

    @Test
    void aTreeGoesOnFromItsTiles() {
        SomeLog log = plain(70_000);
        GrowingTree again = new GrowingTree(70_000, log::tile);

        byte[] more = TreeHash.leaf(new byte[] {1});
        again.add(more, (tile, hashes) -> {});
        log.addLine(new byte[] {1});

        assertThat(again.root()).isEqualTo(log.checkpoint().root());
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0, 256, tile/0/000",
        "0, 1234067, 256, tile/0/x001/x234/067",
        "1, 273, 12, tile/1/273.p/12",
    })
    void tilesAreWhereTheirSpecificationPutsThem(int level, long index, int width, String path) {
        assertThat(new Tile(level, index, width).path()).isEqualTo(path);
    }

    @Test
    void rangesAreOfTheirSizeOnly() {
        assertThatThrownBy(() -> CompactRange.of(3, List.of(TreeHash.empty())))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static SomeLog plain(int size) {
        SomeLog log = new SomeLog(LogSigner.make(SomeLog.ORIGIN), 2);
        for (int i = 0; i < size; i++) {
            log.addLine(("entry " + i).getBytes(java.nio.charset.StandardCharsets.UTF_8));
        }
        return log;
    }
}
