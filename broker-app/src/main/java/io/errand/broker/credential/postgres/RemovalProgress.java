package io.errand.broker.credential.postgres;

import io.errand.broker.credential.postgres.leftover.Leftover;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What was done to one login so far, over all tries of this process: a receipt names what every try put away. What another process
 * did before it died is not in it.
 */
final class RemovalProgress {

    private final List<Leftover> leftovers = new ArrayList<>();
    private final Set<Long> sessionsEnded = new HashSet<>();
    private int rolledBack;
    private int putAway;

    synchronized void cut(LoginCut cut) {
        sessionsEnded.addAll(cut.sessionsEnded());
        rolledBack += cut.rolledBack();
    }

    /** @param pids of its sessions; those that are dying are met again */
    synchronized void ended(Collection<Long> pids) {
        sessionsEnded.addAll(pids);
    }

    synchronized void rolledBack(int some) {
        rolledBack += some;
    }

    synchronized void putAway(List<Leftover> some) {
        putAway += some.size();
        some.stream().limit(Math.max(0, Leftover.MOST - leftovers.size())).forEach(leftovers::add);
    }

    synchronized Map<String, Object> facts() {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("sessions_ended", (long) sessionsEnded.size());
        if (rolledBack > 0) {
            facts.put("prepared_rolled_back", rolledBack);
        }
        if (putAway > 0) {
            facts.put("leftovers", leftovers.stream().map(Leftover::json).toList());
            facts.put("leftovers_count", putAway);
        }
        return facts;
    }
}
