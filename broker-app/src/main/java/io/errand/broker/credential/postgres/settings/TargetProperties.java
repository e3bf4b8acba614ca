package io.errand.broker.credential.postgres.settings;

import io.errand.broker.shared.Secret;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The databases in which tools of this backend live. They are configured with the service, never by its API.
 *
 * @param targetsFile more of them, in a file of their own ({@code errand.targets-file}) that is read again when it changes
 */
@ConfigurationProperties("errand")
public record TargetProperties(
        @DefaultValue Map<String, Target> targets, @Nullable Path targetsFile) {

    public TargetProperties {
        targets.forEach(TargetRules::check);
        targets = Map.copyOf(targets);
    }

    public static TargetProperties of(Map<String, Target> targets) {
        return new TargetProperties(targets, null);
    }

    /**
     * One database, and the broker's own login there: {@code CREATEROLE}, with {@code ADMIN OPTION} on the group roles.
     *
     * @param url {@code jdbc:postgresql://host:port/database}, without user and password; several hosts: whichever is the primary
     * @param passwordFile where the password stands, instead of {@code password}; a line feed at its end is no part of it. It is
     *     read again for each connection
     * @param poolSize connections at most, 1 to 100
     * @param connectionLimit sessions that one credential may have at once, 1 to 1000
     * @param scramIterations of the verifiers (RFC 5802), 1 to 1000000; below 4096 some clients cannot log in
     * @param reassignTo the role that gets the data that a credential leaves behind; absent: {@code errand_leftovers}
     * @param standbys the hot standbys at which a credential can be used too, each as {@code url}, one host each
     * @param agentUrl where agents connect, if that is not {@code url}: one host
     * @param agentCaFile the certificates (PEM) by which agents know the server; they are part of each credential
     * @param leftovers what becomes of what a credential leaves that can be run: {@code drop} or {@code quarantine}
     * @param accept what the server cannot prevent and is accepted: {@code set_role}
     */
    public record Target(
            @Nullable String url,
            @Nullable String username,
            @Nullable Secret password,
            @Nullable Path passwordFile,
            @DefaultValue("8") int poolSize,
            @DefaultValue("10") int connectionLimit,
            @DefaultValue("4096") int scramIterations,
            @Nullable String reassignTo,
            @DefaultValue List<String> standbys,
            @Nullable String agentUrl,
            @Nullable Path agentCaFile,
            @DefaultValue Set<String> accept,
            @DefaultValue("drop") Leftovers leftovers) {

        /** Servers before 16 cannot keep an agent from becoming its group ({@code SET ROLE}). */
        public static final String SET_ROLE = "set_role";

        public Target {
            standbys = List.copyOf(standbys);
            accept = Set.copyOf(accept);
        }

        public Secret login() {
            if (password != null) {
                return password;
            }
            if (passwordFile == null) {
                throw new IllegalStateException("The target has no password.");
            }
            return Secret.read("password-file", passwordFile);
        }

        public Address address() {
            return Address.parse(url).orElseThrow();
        }

        public boolean accepts(String what) {
            return accept.contains(what);
        }
    }

    /** What becomes of functions, views and their like that a credential leaves behind. */
    public enum Leftovers {
        DROP,
        /** Kept under {@code errand_quarantine}, which has no rights; nobody may run or read them. */
        QUARANTINE
    }
}
