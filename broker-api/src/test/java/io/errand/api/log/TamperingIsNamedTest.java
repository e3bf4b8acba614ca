package io.errand.api.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.api.log.Verification.Tampered;
import io.errand.api.log.Verification.Verified;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever is done to an export of 100,000 events is found, on the first line that it shows on, and named. */
class TamperingIsNamedTest {

    private static final int EVENTS = 100_000;
    private static final int SEED = 20_261_130;

    private static SomeLog log = SomeLog.of(1, 1);
    private static List<byte[]> export = List.of();

    @BeforeAll
    static void anExport() {
        log = SomeLog.of(EVENTS, 999);
        export = lines(log.export());
    }

    @Test
    void whatNobodyTouchedIsVerified() {
        Verified verified = (Verified) verify(export, log.signer.verifier(), null);

        assertThat(verified.size()).isEqualTo(EVENTS);
        assertThat(verified.checkpoints()).isEqualTo(EVENTS / 999 + 1);
        assertThat(verified.decisions())
                .isEqualTo(new Verification.Decisions(EVENTS / 2 - EVENTS / 10, EVENTS / 10, 0));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 255, 54_321, EVENTS - 1})
    void anEntryThatWasChanged(int place) {
        found(lines -> lines.set(at(place), changed(lines.get(at(place)))), Tampering.CHANGED, at(place));
    }

    @ParameterizedTest
    @ValueSource(ints = {254, 255, 256, 54_321})
    void anEntryThatWasRemoved(int place) {
        found(lines -> lines.remove(at(place)), Tampering.REMOVED, at(place));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 255, 256, 54_321})
    void anEntryThatWasInserted(int place) {
        found(lines -> lines.add(at(place), changed(lines.get(at(place)))), Tampering.INSERTED, at(place));
    }

    @Test
    void anEntryThatIsThereTwice() {
        found(lines -> lines.add(at(54_322), lines.get(at(54_321))), Tampering.INSERTED, at(54_322));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 100, 40_000})
    void entriesInAnotherOrder(int apart) {
        found(
                lines -> {
                    byte[] one = lines.get(at(54_321));
                    lines.set(at(54_321), lines.get(at(54_321 + apart)));
                    lines.set(at(54_321 + apart), one);
                },
                Tampering.REORDERED,
                at(54_321));
    }

    @Test
    void wholeTilesThatWereRemovedOrMoved() {
        int from = at(512) - 1;
        int to = at(768) - 1;
        found(lines -> lines.subList(from, to).clear(), Tampering.REMOVED, from);
        found(
                lines -> {
                    List<byte[]> tile = List.copyOf(lines.subList(from, to));
                    lines.subList(from, to).clear();
                    lines.addAll(at(1024 - 256) - 2, tile);
                },
                Tampering.REORDERED,
                from);
    }

    @Test
    void anExportThatIsCutOff() {
        Tampered cut = (Tampered) verify(export.subList(0, at(54_321)), log.signer.verifier(), null);

        assertThat(cut.kind()).isEqualTo(Tampering.TRUNCATED);
        assertThat(cut.sentence()).contains("place 54321");
    }

    @Test
    void theExportOfAnotherLog() {
        assertThat(((Tampered) verify(export, LogSigner.make("other.test/log").verifier(), null)).kind())
                .isEqualTo(Tampering.ANOTHER_LOG);
        assertThat(((Tampered) verify(export, LogSigner.make(SomeLog.ORIGIN).verifier(), null)).kind())
                .isEqualTo(Tampering.ANOTHER_LOG);
    }

    @Test
    void anOlderStateThatWasRestoredAndWentOn() {
        SomeLog restored = new SomeLog(log.signer, 1).grow(1000, 100);
        Checkpoint kept = restored.checkpoint();
        SomeLog other = new SomeLog(log.signer, 1).grow(900, 100);
        assertThat(((Tampered) verify(lines(other.export()), log.signer.verifier(), kept)).kind())
                .isEqualTo(Tampering.OLDER_STATE);

        other.add(other.event("lease.revoked", "d", "gone", java.util.Map.of()));
        other.grow(500, 100);
        Tampered forked = (Tampered) verify(lines(other.export()), log.signer.verifier(), kept);
        assertThat(forked.kind()).isEqualTo(Tampering.OLDER_STATE);
        assertThat(forked.sentence()).contains("first 1000 entries");
    }

    @Test
    void aCheckpointOfAnotherHistoryAmongTheLines() {
        SomeLog other = new SomeLog(log.signer, 7).grow(999, 999);
        int line = at(999);
        found(lines -> lines.set(line, new ExportLine.Grown(other.checkpoint()).bytes()), Tampering.OLDER_STATE, line);
    }

    @Test
    void anExportGoesOnFromTheOneBefore() {
        Checkpoint since = log.checkpoints.get(50);
        byte[] part = log.export(since.size(), since);
        Verified verified = (Verified) verify(lines(part), log.signer.verifier(), since);
        assertThat(verified.first()).isEqualTo(since.size());

        Checkpoint foreign = log.signer.sign(since.size(), TreeHash.empty());
        List<byte[]> forged = lines(part);
        ExportLine.Head head = ExportLine.Head.parse(forged.getFirst()).orElseThrow();
        forged.set(
                0,
                new ExportLine.Head(head.checkpoint(), head.first(), head.range(), foreign, head.consistency())
                        .bytes());
        assertThat(((Tampered) verify(forged, log.signer.verifier(), null)).kind())
                .isEqualTo(Tampering.OLDER_STATE);
    }

    /** One byte of a small export, at random. */
    @Test
    void oneByteMakesAllTheDifference() {
        SomeLog small = SomeLog.of(100, 1000);
        isNeverBelieved(small.export(), small.signer.verifier(), Integer.getInteger("errand.changes", 1_000));
    }

    /** The same where it goes on from another, over two tiles, with checkpoints in between. */
    @Test
    void oneByteMakesAllTheDifferenceInAPartToo() {
        SomeLog small = SomeLog.of(300, 70);
        isNeverBelieved(small.export(40, checkpoint(small, 40)), small.signer.verifier(), 200);
    }

    private static void isNeverBelieved(byte[] whole, VerifierKey key, int runs) {
        assertThat(verify(whole, key, null)).isInstanceOf(Verified.class);
        Random random = new Random(SEED);
        for (int i = 0; i < runs; i++) {
            byte[] tampered = whole.clone();
            int at = random.nextInt(tampered.length);
            tampered[at] ^= (byte) (1 + random.nextInt(255));
            if (!(verify(tampered, key, null) instanceof Tampered)) {
                throw new AssertionError("believed with seed " + SEED + ", run " + i + ", byte " + at);
            }
        }
    }

    private static Checkpoint checkpoint(SomeLog log, long size) {
        return log.signer.sign(size, log.tree(size).root());
    }

    private static void found(java.util.function.Consumer<List<byte[]>> tampering, Tampering kind, int index) {
        List<byte[]> lines = new ArrayList<>(export);
        tampering.accept(lines);

        Tampered tampered = (Tampered) verify(lines, log.signer.verifier(), null);

        assertThat(tampered.kind()).as(tampered.sentence()).isEqualTo(kind);
        assertThat(tampered.line()).as(tampered.sentence()).isEqualTo(index + 1);
    }

    /** Where the entry of a place stands, from 0. */
    private static int at(int place) {
        byte[] line = log.lines.get(place);
        for (int i = place; i < export.size(); i++) {
            if (Arrays.equals(export.get(i), line)) {
                return i;
            }
        }
        throw new AssertionError(place);
    }

    private static byte[] changed(byte[] line) {
        return new String(line, StandardCharsets.UTF_8)
                .replace("orders-db", "orders-dc")
                .getBytes(StandardCharsets.UTF_8);
    }

    private static Verification verify(List<byte[]> lines, VerifierKey key, @Nullable Checkpoint kept) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        lines.forEach(line -> {
            all.writeBytes(line);
            all.write('\n');
        });
        return verify(all.toByteArray(), key, kept);
    }

    private static Verification verify(byte[] all, VerifierKey key, @Nullable Checkpoint kept) {
        try {
            return new ExportVerifier(key).against(kept).verify(new ByteArrayInputStream(all));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<byte[]> lines(byte[] all) {
        List<byte[]> lines = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < all.length; i++) {
            if (all[i] == '\n') {
                lines.add(Arrays.copyOfRange(all, from, i));
                from = i + 1;
            }
        }
        return lines;
    }
}
