package io.errand.broker.credential.vault;

import io.errand.broker.credential.TargetObservers;
import io.errand.broker.credential.vault.check.BrokerGrants;
import io.errand.broker.credential.vault.check.VaultCheck;
import io.errand.broker.credential.vault.check.VaultDiagnostic;
import io.errand.broker.credential.vault.client.VaultCalls;
import io.errand.broker.credential.vault.client.VaultLogin;
import io.errand.broker.credential.vault.client.VaultProperties;
import io.errand.broker.shared.ErrandProperties;
import java.time.Clock;
import org.springframework.beans.factory.BeanRegistrar;
import org.springframework.beans.factory.BeanRegistry;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;

/** The backend exists where Vault has an address; elsewhere a tool that names it is refused like any unknown backend. */
@Configuration(proxyBeanMethods = false)
@Import(VaultConfiguration.Parts.class)
class VaultConfiguration {

    /** A registrar looks at the setting at each start; a condition would have been decided when the image was built. */
    static final class Parts implements BeanRegistrar {

        @Override
        public void register(BeanRegistry registry, Environment environment) {
            if (!environment.containsProperty("errand.vault.address")) {
                return;
            }
            registry.registerBean(
                    VaultCalls.class,
                    spec -> spec.supplier(beans -> new VaultCalls(beans.bean(VaultProperties.class))));
            registry.registerBean(VaultLogin.class, spec -> spec.supplier(VaultConfiguration::login));
            registry.registerBean(
                    VaultCheck.class,
                    spec -> spec.supplier(beans -> new VaultCheck(
                            beans.bean(VaultLogin.class),
                            new BrokerGrants(beans.bean(VaultLogin.class)),
                            beans.bean(TargetObservers.class))));
            registry.registerBean(
                    "vaultHealthIndicator",
                    VaultHealth.class,
                    spec -> spec.supplier(beans -> new VaultHealth(beans.bean(VaultLogin.class))));
            registry.registerBean(
                    VaultDiagnostic.class,
                    spec -> spec.supplier(beans -> new VaultDiagnostic(
                            beans.bean(VaultCalls.class), beans.bean(VaultLogin.class), beans.bean(Clock.class))));
            registry.registerBean(VaultBackend.class, spec -> spec.supplier(VaultConfiguration::backend));
        }
    }

    private static VaultLogin login(BeanRegistry.SupplierContext beans) {
        VaultLogin login = new VaultLogin(
                beans.bean(VaultCalls.class), beans.bean(VaultProperties.class).auth(), System::nanoTime);
        login.start();
        return login;
    }

    private static VaultBackend backend(BeanRegistry.SupplierContext beans) {
        VaultCalls calls = beans.bean(VaultCalls.class);
        VaultLogin login = beans.bean(VaultLogin.class);
        VaultProperties properties = beans.bean(VaultProperties.class);
        TargetObservers observers = beans.bean(TargetObservers.class);
        Clock clock = beans.bean(Clock.class);
        String issuer = beans.bean(ErrandProperties.class).issuer();
        Accessors accessors = new Accessors(login, properties.walkTimeout(), System::nanoTime);
        RoleTokens tokens = new RoleTokens(calls, login);
        ObservedDestruction destruction = new ObservedDestruction(
                new VaultDestruction(login, accessors, properties.walkTimeout(), clock), observers, System::nanoTime);
        return new VaultBackend(
                new VaultIssuing(tokens, issuer, System::nanoTime),
                destruction,
                new VaultExtension(login),
                beans.bean(VaultCheck.class),
                new VaultProbe(tokens, destruction, issuer, clock),
                new VaultUse(login),
                accessors,
                observers,
                new AuditHash(login),
                issuer);
    }
}
