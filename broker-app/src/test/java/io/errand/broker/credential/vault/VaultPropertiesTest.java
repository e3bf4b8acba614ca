package io.errand.broker.credential.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.errand.broker.credential.Backend;
import io.errand.broker.credential.TargetObservers;
import io.errand.broker.credential.vault.client.VaultProperties;
import io.errand.broker.shared.ErrandProperties;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.availability.ApplicationAvailabilityAutoConfiguration;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.boot.health.actuate.endpoint.HealthEndpoint;
import org.springframework.boot.health.autoconfigure.actuate.endpoint.AvailabilityProbesAutoConfiguration;
import org.springframework.boot.health.autoconfigure.actuate.endpoint.HealthEndpointAutoConfiguration;
import org.springframework.boot.health.autoconfigure.application.AvailabilityHealthContributorAutoConfiguration;
import org.springframework.boot.health.autoconfigure.registry.HealthContributorRegistryAutoConfiguration;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.ConfigDataApplicationContextInitializer;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** What is wrong with the configuration is said at start, with the key. */
class VaultPropertiesTest {

    @TempDir
    Path folder;

    @Test
    void withoutAnAddressNothingIsAskedFor() {
        assertThat(bind(Map.of()).address()).isNull();
    }

    @Test
    void aTokenIsEnoughForDevelopmentAndIsNotPrinted() {
        VaultProperties properties = bind(Map.of("address", "http://127.0.0.1:8200", "auth.token", "hvs.secret"));

        assertThat(properties.auth().readToken().reveal()).isEqualTo("hvs.secret");
        assertThat(properties.toString()).doesNotContain("hvs.secret");
    }

    @Test
    void filesAreReadAgainAtEachLogin() throws Exception {
        Path file = folder.resolve("token");
        Files.writeString(file, "one\n");
        VaultProperties properties =
                bind(Map.of("address", "https://vault.example:8200", "auth.token-file", file.toString()));
        Files.writeString(file, "two\n");

        assertThat(properties.auth().readToken().reveal()).isEqualTo("two");
    }

    @Test
    void mistakesNameTheirKey() {
        refused(Map.of("address", "vault:8200"), "errand.vault.address");
        refused(Map.of("address", "https://vault:8200/v1"), "errand.vault.address");
        refused(Map.of(), "errand.vault.auth.token");
        refused(Map.of("auth.token", "a", "auth.token-file", "/b"), "not both");
        refused(Map.of("auth.token-file", "/no/such/file"), "errand.vault.auth.token-file");
        refused(Map.of("auth.method", "approle"), "errand.vault.auth.role-id");
        refused(Map.of("auth.method", "approle", "auth.role-id", "r"), "errand.vault.auth.secret-id");
        refused(Map.of("auth.method", "jwt"), "errand.vault.auth.role");
        refused(Map.of("auth.method", "jwt", "auth.role", "errand"), "errand.vault.auth.jwt-file");
        refused(Map.of("auth.method", "kubernetes", "auth.role", "errand"), "errand.vault.auth.jwt-file");
        refused(Map.of("auth.token", "t", "ca-file", "/no/such/file"), "errand.vault.ca-file");
        refused(Map.of("auth.token", "t", "read-timeout", "0s"), "errand.vault.read-timeout");
    }

    @Test
    void theBackendIsThereOnlyWhereVaultHasAnAddress() {
        ApplicationContextRunner service = new ApplicationContextRunner()
                .withUserConfiguration(Service.class)
                .withBean(Clock.class, Clock::systemUTC)
                .withBean(TargetObservers.class, () -> new TargetObservers(List.of()))
                .withPropertyValues("errand.issuer=https://errand.test");

        service.run(
                context -> assertThat(context).doesNotHaveBean(Backend.class).doesNotHaveBean("vaultHealthIndicator"));
        service.withPropertyValues("errand.vault.address=http://127.0.0.1:1", "errand.vault.auth.token=t")
                .run(context -> {
                    assertThat(context).hasNotFailed().hasBean("vaultHealthIndicator");
                    assertThat(context.getBean(Backend.class).name()).isEqualTo("vault");
                });
    }

    @Test
    void readinessAsksForTheLoginWhereThereIsOne() {
        ApplicationContextRunner service = new ApplicationContextRunner()
                .withInitializer(new ConfigDataApplicationContextInitializer())
                .withUserConfiguration(Service.class)
                .withBean(Clock.class, Clock::systemUTC)
                .withBean(TargetObservers.class, () -> new TargetObservers(List.of()))
                .withConfiguration(AutoConfigurations.of(
                        ApplicationAvailabilityAutoConfiguration.class,
                        AvailabilityHealthContributorAutoConfiguration.class,
                        AvailabilityProbesAutoConfiguration.class,
                        HealthContributorRegistryAutoConfiguration.class,
                        HealthEndpointAutoConfiguration.class));

        service.run(context -> assertThat(readiness(context)).isEqualTo(Status.UP));
        service.withPropertyValues("errand.vault.address=http://127.0.0.1:1", "errand.vault.auth.token=t")
                .run(context -> assertThat(readiness(context)).isEqualTo(Status.OUT_OF_SERVICE));
    }

    private static Status readiness(ApplicationContext context) {
        AvailabilityChangeEvent.publish(context, ReadinessState.ACCEPTING_TRAFFIC);
        return Objects.requireNonNull(context.getBean(HealthEndpoint.class).healthForPath("readiness"))
                .getStatus();
    }

    @Configuration(proxyBeanMethods = false)
    @EnableConfigurationProperties({ErrandProperties.class, VaultProperties.class})
    @Import(VaultConfiguration.class)
    static class Service {}

    private static void refused(Map<String, String> members, String words) {
        Map<String, String> all = new HashMap<>(Map.of("address", "http://127.0.0.1:8200"));
        all.putAll(members);
        assertThatThrownBy(() -> bind(all)).rootCause().hasMessageContaining(words);
    }

    private static VaultProperties bind(Map<String, String> members) {
        Map<String, String> keys = new HashMap<>();
        members.forEach((key, value) -> keys.put("errand.vault." + key, value));
        return new Binder(new MapConfigurationPropertySource(keys)).bindOrCreate("errand.vault", VaultProperties.class);
    }
}
