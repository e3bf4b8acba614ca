package io.errand.broker.lease.admin;

import io.errand.api.RevocationView;
import io.errand.broker.lease.LeaseSweeps;
import io.errand.broker.task.Scope;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** What operators do by the kill switch, for other rooms. */
@Component
class ManifestSweeps implements LeaseSweeps {

    private final KillSwitch killSwitch;
    private final Manifests manifests;

    ManifestSweeps(KillSwitch killSwitch, Manifests manifests) {
        this.killSwitch = killSwitch;
        this.manifests = manifests;
    }

    @Override
    public Swept end(Scope scope, String reason, String who) {
        return killSwitch.end(scope, reason, who);
    }

    @Override
    public Optional<Swept> endIfAny(Scope scope, String reason, String who) {
        return killSwitch.endIfAny(scope, reason, who);
    }

    @Override
    public Optional<RevocationView> manifest(UUID revocation, @Nullable UUID after, int limit) {
        return manifests.find(revocation, after, limit);
    }
}
