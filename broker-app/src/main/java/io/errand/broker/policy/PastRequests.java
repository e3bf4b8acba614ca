package io.errand.broker.policy;

import io.errand.broker.agent.Agent;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A public face of this room: past decisions as a memory. They come from the audit log, and nothing that is granted depends on them. */
public interface PastRequests {

    /** What was granted to the agent, and handed on by it, since then, decided again under a smaller ceiling. Nothing is recorded of it. */
    Replay under(Map<String, Set<String>> ceiling, Agent agent, Instant since);

    /** Policies in force since before then that determined no decision since. */
    Idle idle(Instant since, int most);

    /**
     * What came of it.
     *
     * @param replayed what was looked at, newest first
     * @param failing what would have been refused
     * @param truncated whether there is more to look at, or more failures than are named
     */
    record Replay(int replayed, List<Failure> failing, boolean truncated) {}

    /** @param missing tool to actions; empty: policy would refuse it */
    record Failure(String decision, Instant at, Map<String, List<String>> missing, String reason) {}

    /**
     * Some policies.
     *
     * @param decisions how many were looked at
     * @param truncated whether there were more
     */
    record Idle(List<Policy> policies, int decisions, boolean truncated) {}

    /** @param effect {@code permit} or {@code forbid} */
    record Policy(String id, String effect) {}
}
