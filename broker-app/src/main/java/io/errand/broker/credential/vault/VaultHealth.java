package io.errand.broker.credential.vault;

import io.errand.broker.credential.vault.client.VaultLogin;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/** Part of readiness: a broker without a login at Vault can make and destroy nothing there, and loses nothing. */
final class VaultHealth implements HealthIndicator {

    private final VaultLogin login;

    VaultHealth(VaultLogin login) {
        this.login = login;
    }

    @Override
    public Health health() {
        return login.trouble()
                .map(why -> Health.outOfService()
                        .withDetail("missing", "The broker is not logged in to Vault: " + why)
                        .build())
                .orElseGet(() -> Health.up().build());
    }
}
