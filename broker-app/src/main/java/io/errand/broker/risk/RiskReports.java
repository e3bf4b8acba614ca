package io.errand.broker.risk;

import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What others than operators say about the risk of an agent or a session. */
public interface RiskReports {

    /**
     * In the transaction under way, and in place of what the same teller has said about the same before: so it says one thing about each,
     * however often it speaks.
     *
     * @return false: as many signals stand as may, and nothing was changed
     */
    boolean tell(Told told);

    /**
     * Either about an agent or about the tree of a root.
     *
     * @param points 1 to 100; 0: what was said before is over
     * @param who the teller, as the audit log has it
     */
    record Told(@Nullable String agent, @Nullable UUID root, int points, String reason, Duration ttl, String who) {}
}
