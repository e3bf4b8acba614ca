package io.errand.testing;

import static org.awaitility.Awaitility.await;

import io.errand.testing.Wire.Answer;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * A service that is asked much at once on a small machine: it may have no connection to its database left, and says 503 with {@code
 * Retry-After} (RFC 9110, section 15.6.4).
 */
public final class BusyService {

    private BusyService() {}

    /** What it answers once it is able to; the request is repeated for as long as it is not, as a client does. */
    public static Answer ask(Supplier<Answer> request) {
        return await("an answer other than that the database cannot be reached")
                .atMost(Duration.ofSeconds(60))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofSeconds(1))
                .pollInSameThread()
                .until(
                        request::get,
                        answer -> answer.status() != 503 || !answer.text().contains("its database"));
    }
}
