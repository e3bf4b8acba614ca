package io.errand.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What came of each case of a {@link PolicyTest}, in its order. */
public record PolicyTestReport(int passed, int failed, List<Result> results) {

    /**
     * One case.
     *
     * @param mismatch what is not as expected, in a sentence; absent: it passed
     */
    public record Result(
            String name,
            boolean passed,
            PolicyTest.Outcome got,
            @Nullable String mismatch) {}
}
