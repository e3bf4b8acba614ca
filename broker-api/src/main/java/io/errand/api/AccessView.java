package io.errand.api;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a task was allowed beside what targets have logged of it.
 *
 * @param person on whose behalf; absent: nobody's
 * @param observed sessions of logins of its leases
 * @param unleased what no lease allowed while the task had leases, at any target
 */
public record AccessView(
        String task,
        String agent,
        @Nullable String person,
        List<Allowed> allowed,
        List<ObservedView> observed,
        List<ObservedView> unleased) {

    /**
     * One of its leases.
     *
     * @param goneAt when its credential was seen to be gone; absent: not yet
     */
    public record Allowed(
            String lease,
            String tool,
            List<String> actions,
            String state,
            Instant from,
            Instant until,
            @Nullable Instant goneAt) {}
}
