package io.errand.broker.credential.postgres;

import io.errand.broker.shared.Names;
import io.errand.broker.shared.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/** The databases in which tools of this backend live. They are configured with the service, never by its API. */
@ConfigurationProperties("errand")
record TargetProperties(@DefaultValue Map<String, Target> targets) {

    /** RFC 7677 §4; clients refuse fewer. */
    private static final int FEWEST_ITERATIONS = 4096;

    TargetProperties {
        targets.forEach(TargetProperties::check);
        targets = Map.copyOf(targets);
    }

    /**
     * One database, and the broker's own login there: {@code CREATEROLE}, with {@code ADMIN OPTION} on the group roles.
     *
     * @param url {@code jdbc:postgresql://host:port/database}, without user and password
     * @param passwordFile where the password stands, instead of {@code password}; a line feed at its end is no part of it
     * @param poolSize connections at most, 1 to 100
     * @param connectionLimit sessions that one credential may have at once, 1 to 1000
     * @param scramIterations of the verifiers (RFC 5802), at least 4096
     * @param reassignTo the role that gets the data that a credential leaves behind; absent: {@code errand_leftovers}
     * @param leftovers what becomes of what it leaves that can be run: {@code drop} or {@code quarantine}
     */
    record Target(
            @Nullable String url,
            @Nullable String username,
            @Nullable Secret password,
            @Nullable Path passwordFile,
            @DefaultValue("8") int poolSize,
            @DefaultValue("10") int connectionLimit,
            @DefaultValue("4096") int scramIterations,
            @Nullable String reassignTo,
            @DefaultValue("drop") Leftovers leftovers) {

        Secret login() {
            if (password != null) {
                return password;
            }
            if (passwordFile == null) {
                throw new IllegalStateException("The target has no password.");
            }
            try {
                return new Secret(Files.readString(passwordFile).stripTrailing());
            } catch (IOException e) {
                throw new IllegalArgumentException("password-file cannot be read: " + passwordFile, e);
            }
        }
    }

    /** What becomes of functions, views and their like that a credential leaves behind. */
    enum Leftovers {
        DROP,
        /** Kept under {@code errand_quarantine}, which has no rights; nobody may run or read them. */
        QUARANTINE
    }

    private static void check(String name, Target target) {
        String key = "errand.targets." + name;
        require(Names.check(name).isEmpty(), key, "is not a name: use a-z, 0-9, '.', '_' and '-'");
        Properties parts = target.url == null ? null : Driver.parseURL(target.url, null);
        require(parts != null, key + ".url", "must be jdbc:postgresql://host:port/database");
        require(
                parts == null || (parts.getProperty("user") == null && parts.getProperty("password") == null),
                key + ".url",
                "must not hold user or password: use username and password-file");
        require(target.username != null && !target.username.isBlank(), key + ".username", "is missing");
        require(
                (target.password == null) != (target.passwordFile == null),
                key + ".password-file",
                "or password must be given, and not both");
        require(
                target.passwordFile == null || Files.isReadable(target.passwordFile),
                key + ".password-file",
                "cannot be read");
        require(target.poolSize >= 1 && target.poolSize <= 100, key + ".pool-size", "is a number from 1 to 100");
        require(
                target.connectionLimit >= 1 && target.connectionLimit <= 1000,
                key + ".connection-limit",
                "is a number from 1 to 1000");
        require(
                target.scramIterations >= FEWEST_ITERATIONS && target.scramIterations <= 1_000_000,
                key + ".scram-iterations",
                "is a number from 4096 to 1000000");
    }

    private static void require(boolean good, String key, String sentence) {
        if (!good) {
            throw new IllegalArgumentException(key + " " + sentence);
        }
    }
}
