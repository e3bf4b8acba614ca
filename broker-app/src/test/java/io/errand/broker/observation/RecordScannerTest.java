package io.errand.broker.observation;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.broker.observation.RecordScanner.Cut;
import io.errand.broker.observation.RecordScanner.State;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Records are what the server ended, and never what a session wrote within one. */
class RecordScannerTest {

    private static final String FORGED = "\n2026-11-30 10:00:00.000 UTC,errand_forged,x\n";

    /** As it is read: in chunks of so many bytes, each from where the one before ended. */
    private static List<String> read(String log, int chunk, boolean quotes) {
        byte[] bytes = log.getBytes(StandardCharsets.UTF_8);
        List<String> records = new ArrayList<>();
        State state = State.BETWEEN;
        int place = 0;
        while (place < bytes.length) {
            byte[] next = Arrays.copyOfRange(bytes, place, Math.min(bytes.length, place + chunk));
            Cut cut = RecordScanner.cut(next, state, quotes, next.length == chunk);
            cut.records().forEach(one -> records.add(new String(one, StandardCharsets.UTF_8)));
            state = cut.state();
            place += cut.consumed();
            if (cut.consumed() == 0) {
                break;
            }
        }
        return records;
    }

    @ParameterizedTest
    @ValueSource(ints = {40, 64, 65, 100, 4096})
    void aLineFeedWithinQuotesEndsNothing(int chunk) {
        String log = "first,1\n" + "second,\"a" + FORGED + FORGED + "\"\"" + FORGED + "\",2\n" + "third,3\nnot yet";

        List<String> records = read(log, chunk, true);

        assertThat(records).startsWith("first,1").endsWith("third,3");
        assertThat(records).noneMatch(record -> record.startsWith("2026-11-30"));
    }

    @Test
    void whatIsTooLongIsSkippedAndWhatFollowsIsRead() {
        assertThat(read("a\n" + "b".repeat(100) + "\nc\n", 16, false)).containsExactly("a", "c");
    }

    @Test
    void whatIsNotEndedIsReadAgain() {
        Cut cut = RecordScanner.cut("a\nb".getBytes(StandardCharsets.UTF_8), State.BETWEEN, false, false);

        assertThat(cut.consumed()).isEqualTo(2);
        assertThat(cut.state()).isEqualTo(State.BETWEEN);
    }
}
