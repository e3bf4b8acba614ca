package io.errand.broker.credential.postgres;

import io.errand.broker.credential.Deployment;
import io.errand.broker.shared.Ids;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/** The broker's database, as far as marks at targets go. */
final class OneDeployment implements Deployment {

    private final UUID id = Ids.next();
    private final Set<UUID> written = ConcurrentHashMap.newKeySet();

    @Override
    public UUID id() {
        return id;
    }

    @Override
    public boolean wrote(UUID nonce) {
        return written.contains(nonce);
    }

    @Override
    public UUID renew(String target) {
        UUID nonce = Ids.next();
        written.add(nonce);
        return nonce;
    }

    @Override
    public void doubt(String target, UUID nonce) {
        throw new AssertionError(target + " has a nonce of another database");
    }
}
