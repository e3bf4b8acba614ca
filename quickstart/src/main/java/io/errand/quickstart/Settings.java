package io.errand.quickstart;

import io.errand.cli.CommandFailed;
import io.errand.cli.DevelopmentTokens;
import io.errand.quickstart.issuer.DevelopmentIssuer;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** What the service is told when it runs on one machine; it stands above the environment's own settings. */
record Settings(DataDirectory data, Ports ports, DevelopmentTokens issuers, Map<String, String> environment) {

    Map<String, Object> with(Optional<EmbeddedDatabase> database) throws IOException {
        Map<String, Object> settings = new HashMap<>();
        settings.put("server.address", "127.0.0.1");
        settings.put("server.port", ports.broker());
        settings.put("management.server.address", "127.0.0.1");
        settings.put("management.server.port", ports.management());
        settings.put("errand.issuer", "http://127.0.0.1:" + ports.broker());
        settings.put("errand.key.encryption-key-file", data.secretFile("kek").toString());
        settings.put("errand.admin.issuer", issuers.people());
        // The development issuers are on this machine, and so is what one tries beside them.
        settings.put("errand.outbound.private-networks", "127.0.0.0/8,::1/128");
        settings.put("errand.admin.name", "dev-people");
        settings.put("errand.console.client-id", DevelopmentIssuer.CONSOLE);
        settings.put("logging.file.name", data.file("errand.log").toString());
        settings.put("logging.threshold.console", "OFF");
        settings.put("spring.main.banner-mode", "off");
        settings.put(
                "management.endpoint.health.show-components", "always"); // on loopback; `serve` says what is missing
        database.ifPresent(server -> {
            login(settings, "spring.datasource", server.url(EmbeddedDatabase.STORE), server.store());
            login(settings, "errand.targets.orders", server.url(EmbeddedDatabase.TARGET), server.target());
        });
        fromEnvironment(settings, "VAULT_ADDR", "errand.vault.address");
        fromEnvironment(settings, "VAULT_TOKEN", "errand.vault.auth.token");
        return settings;
    }

    /** What could not work is said before anything is started. */
    static void check(Map<String, String> environment) {
        boolean otherwise = environment.keySet().stream().anyMatch(name -> name.startsWith("ERRAND_VAULT_AUTH_"));
        if (isSet(environment, "VAULT_ADDR") && !isSet(environment, "VAULT_TOKEN") && !otherwise) {
            throw new CommandFailed(
                    "VAULT_ADDR is set and VAULT_TOKEN is not: set VAULT_TOKEN to the token with which the"
                            + " broker logs in there (docs/vault.md), or unset VAULT_ADDR to serve without Vault.");
        }
    }

    private static boolean isSet(Map<String, String> environment, String variable) {
        return !environment.getOrDefault(variable, "").isBlank();
    }

    private static void login(Map<String, Object> settings, String prefix, String url, EmbeddedDatabase.Login login) {
        settings.put(prefix + ".url", url);
        settings.put(prefix + ".username", login.username());
        settings.put(prefix + ".password", login.password());
    }

    private void fromEnvironment(Map<String, Object> settings, String variable, String setting) {
        if (isSet(environment, variable)) {
            settings.put(setting, environment.get(variable));
        }
    }
}
