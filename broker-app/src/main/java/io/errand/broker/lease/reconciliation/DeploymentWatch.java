package io.errand.broker.lease.reconciliation;

import io.errand.broker.credential.Backend;
import io.errand.broker.credential.Backends;
import io.errand.broker.credential.Destruction;
import io.errand.broker.lease.Lease;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.stereotype.Component;

/**
 * Whether this database may destroy what its leases name. A replica looks at a target's mark before it destroys anything there, and
 * again after half a minute: a copy of a database that starts beside its original ends nothing of the original's.
 */
@Component
public class DeploymentWatch {

    private static final Duration GOOD_FOR = Duration.ofSeconds(30);

    private static final String HELD =
            "This database is a copy or was restored: nothing is destroyed until `errand deployment adopt` or `new`.";

    private final Backends backends;
    private final Deployments deployments;
    private final Map<String, Long> verified = new ConcurrentHashMap<>();

    public DeploymentWatch(Backends backends, Deployments deployments) {
        this.backends = backends;
        this.deployments = deployments;
    }

    /** What becomes of a lease without its backend being asked; empty: the backend is to destroy it. */
    public Optional<Destruction> instead(Lease lease) {
        if (lease.reason().equals(Deployments.COPIED)) {
            return Optional.of(new Destruction.Gone(
                    Deployments.COPIED,
                    "This database is a copy, and is a deployment of its own now: the lease is its original's, and nothing of it was"
                            + " touched or looked at.",
                    Map.of()));
        }
        Optional<Backend> backend = backends.byName(lease.backend());
        Optional<String> unseen =
                backend.flatMap(one -> verify(one, lease.toolBinding().target()));
        if (unseen.isPresent()) {
            return Optional.of(new Destruction.Retry(unseen.get(), null, true));
        }
        return deployments.isDoubted() ? Optional.of(new Destruction.Retry(HELD, null)) : Optional.empty();
    }

    private Optional<String> verify(Backend backend, String target) {
        String place = backend.name() + " " + target;
        Long last = verified.get(place);
        if (last != null && System.nanoTime() - last < GOOD_FOR.toNanos()) {
            return Optional.empty();
        }
        Optional<String> unseen = backend.verify(target);
        if (unseen.isEmpty()) {
            verified.put(place, System.nanoTime());
        }
        return unseen;
    }
}
