package io.errand.client;

import io.errand.api.DeferralResponse;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * What to do where policy wants a person's approval before a task may begin.
 *
 * @param longest how long to wait; the approval itself may expire earlier
 * @param asked told once, what people were asked
 */
public record Waiting(Duration longest, Consumer<DeferralResponse.Approval> asked) {

    public Waiting {
        if (!longest.isPositive()) {
            throw new IllegalArgumentException("waiting takes longer than nothing");
        }
    }
}
