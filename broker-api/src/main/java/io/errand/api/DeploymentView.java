package io.errand.api;

import java.time.Instant;
import java.util.List;

/**
 * Which deployment a broker's database is of.
 *
 * @param id in the marks at the targets
 * @param since when it became this one
 * @param doubts targets at which another database of this deployment writes; while there is one nothing is destroyed and nothing
 *     made at a target
 */
public record DeploymentView(String id, Instant since, List<Doubt> doubts) {

    /** A target, and since when its mark is not ours. */
    public record Doubt(String target, Instant foundAt) {}
}
