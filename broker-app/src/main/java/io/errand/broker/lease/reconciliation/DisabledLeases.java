package io.errand.broker.lease.reconciliation;

import io.errand.broker.credential.Backend;
import io.errand.broker.credential.Destruction;
import io.errand.broker.lease.LeaseStandings;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Finishes what ended as disabled, as soon as it can be: a person removed what kept it, or the whole login. */
@Component
class DisabledLeases {

    private static final Logger LOG = LoggerFactory.getLogger(DisabledLeases.class);

    private final UnresolvedLeases unresolved;

    DisabledLeases(UnresolvedLeases unresolved) {
        this.unresolved = unresolved;
    }

    void finish(Findings.Run run, Backend backend, String target) {
        @Nullable UUID after = null;
        List<UnresolvedLeases.Unresolved> page;
        do {
            page = unresolved.page(backend.name(), target, after, LeaseStandings.PAGE);
            for (UnresolvedLeases.Unresolved one : page) {
                finish(run, backend, one);
                after = one.lease();
            }
        } while (page.size() == LeaseStandings.PAGE);
    }

    private void finish(Findings.Run run, Backend backend, UnresolvedLeases.Unresolved one) {
        switch (destroy(backend, one.remains())) {
            case Destruction.Gone gone -> unresolved.resolve(run, one, gone);
            case Destruction.Disabled disabled -> unresolved.still(one, disabled);
            case Destruction.Retry(String cause, var after, var down) ->
                LOG.warn("Lease {} is disabled, and was not looked at: {}", one.lease(), cause);
            case Destruction.Lingers(Instant until) ->
                LOG.warn("Lease {} is disabled, and lingers until {}", one.lease(), until);
            case Destruction.Resists(String cause) ->
                LOG.error("Lease {} was disabled, and is not any more: {}", one.lease(), cause);
        }
    }

    static Destruction destroy(Backend backend, Backend.Remains remains) {
        try {
            Destruction first = backend.destroy(remains);
            return first instanceof Destruction.Resists ? backend.insist(remains) : first;
        } catch (RuntimeException e) {
            LOG.error("Backend {} failed on lease {}", backend.name(), remains.lease(), e);
            return new Destruction.Retry("The backend failed: " + e, null);
        }
    }
}
