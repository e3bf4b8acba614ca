package io.errand.broker.credential.mariadb;

import io.errand.broker.shared.Names;
import io.errand.broker.shared.Secret;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * {@code errand.mariadb-targets}: the servers, by the names that tools give as {@code observe}. They are configured with the service,
 * never by its API.
 */
@ConfigurationProperties("errand")
record MariaDbProperties(@DefaultValue Map<String, Server> mariadbTargets) {

    private static final Pattern URL =
            Pattern.compile("jdbc:mariadb://[A-Za-z0-9.:\\[\\]-]+(/[A-Za-z0-9_$-]*)?(\\?[A-Za-z0-9=&._/-]*)?");

    MariaDbProperties {
        mariadbTargets.forEach(MariaDbProperties::check);
        mariadbTargets = Map.copyOf(mariadbTargets);
    }

    /**
     * One server, and the broker's own login there: {@code CREATE USER}, {@code PROCESS}, {@code CONNECTION ADMIN} and
     * {@code SELECT} on {@code mysql.user}.
     *
     * @param url {@code jdbc:mariadb://host:port/}, without user and password
     * @param passwordFile where the password stands, instead of {@code password}; read for each connection, and a line feed at its
     *     end is no part of it
     * @param poolSize connections at most, 1 to 100
     * @param preparedTransactions what becomes of the server's prepared XA transactions when a credential ends: they are counted
     *     ({@code report}), or rolled back, unless an open session has them ({@code roll-back}): where nobody else uses XA
     */
    record Server(
            @Nullable String url,
            @Nullable String username,
            @Nullable Secret password,
            @Nullable Path passwordFile,
            @DefaultValue("8") int poolSize,
            @DefaultValue("report") PreparedTransactions preparedTransactions) {

        Secret login() {
            return password == null ? Secret.read("password-file", Objects.requireNonNull(passwordFile)) : password;
        }
    }

    /** They name no user, so nobody can say which of them a credential left. */
    enum PreparedTransactions {
        REPORT,
        ROLL_BACK
    }

    private static void check(String name, Server server) {
        String key = "errand.mariadb-targets." + name;
        require(Names.check(name).isEmpty(), key, "is not a name: use a-z, 0-9, '.', '_' and '-'");
        require(
                server.url() != null && URL.matcher(server.url()).matches(),
                key + ".url",
                "must be jdbc:mariadb://host:port/");
        require(
                server.url() == null || !server.url().matches(".*[?&](user|password)=.*"),
                key + ".url",
                "must not hold user or password: use username and password-file");
        require(server.username() != null && !server.username().isBlank(), key + ".username", "is missing");
        require(
                (server.password() == null) != (server.passwordFile() == null),
                key + ".password-file",
                "or password must be given, and not both");
        require(
                server.passwordFile() == null || Files.isReadable(server.passwordFile()),
                key + ".password-file",
                "cannot be read");
        require(server.poolSize() >= 1 && server.poolSize() <= 100, key + ".pool-size", "is a number from 1 to 100");
    }

    private static void require(boolean good, String key, String sentence) {
        if (!good) {
            throw new IllegalArgumentException(key + " " + sentence);
        }
    }
}
