package io.errand.broker.credential.vault;

import io.errand.broker.credential.TargetObservers;
import io.errand.broker.shared.ErrandProperties;
import java.time.Clock;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The backend exists where Vault has an address; elsewhere a tool that names it is refused like any unknown backend. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnProperty("errand.vault.address")
class VaultConfiguration {

    @Bean(destroyMethod = "close")
    VaultCalls vaultCalls(VaultProperties properties) {
        return new VaultCalls(properties);
    }

    @Bean(initMethod = "start", destroyMethod = "close")
    VaultLogin vaultLogin(VaultCalls calls, VaultProperties properties) {
        return new VaultLogin(calls, properties.auth(), System::nanoTime);
    }

    @Bean
    VaultCheck vaultCheck(VaultLogin login, TargetObservers observers) {
        return new VaultCheck(login, new BrokerGrants(login), observers);
    }

    @Bean
    VaultHealth vaultHealthIndicator(VaultLogin login) {
        return new VaultHealth(login);
    }

    @Bean
    VaultDiagnostic vaultDiagnostic(VaultCalls calls, VaultLogin login, Clock clock) {
        return new VaultDiagnostic(calls, login, clock);
    }

    @Bean
    VaultBackend vaultBackend(
            VaultCalls calls,
            VaultLogin login,
            VaultCheck check,
            VaultProperties properties,
            ErrandProperties errand,
            TargetObservers observers,
            Clock clock) {
        Accessors accessors = new Accessors(login, properties.walkTimeout(), System::nanoTime);
        RoleTokens tokens = new RoleTokens(calls, login);
        ObservedDestruction destruction = new ObservedDestruction(
                new VaultDestruction(login, accessors, properties.walkTimeout(), clock), observers, System::nanoTime);
        return new VaultBackend(
                new VaultIssuing(tokens, errand.issuer(), System::nanoTime),
                destruction,
                new VaultExtension(login),
                check,
                new VaultProbe(tokens, destruction, errand.issuer(), clock),
                accessors,
                observers,
                errand.issuer());
    }
}
