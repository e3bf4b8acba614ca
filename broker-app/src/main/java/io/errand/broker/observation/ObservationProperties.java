package io.errand.broker.observation;

import io.errand.broker.shared.outbound.Transport;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where targets log.
 *
 * @param sources by a name of our own, under which the database keeps how far each has been read
 * @param keep how long what was seen is kept, at least a day
 */
@ConfigurationProperties("errand.observation")
record ObservationProperties(
        @DefaultValue Map<String, Source> sources,
        @DefaultValue("400d") Duration keep) {

    static final String KEY = "errand.observation.sources.";

    /** What the files are. */
    enum Kind {
        POSTGRES_JSON,
        POSTGRES_CSV,
        VAULT_AUDIT
    }

    /** Where a source begins that was never read. */
    enum From {
        NOW,
        BEGINNING
    }

    /**
     * One of them, in files or behind addresses or both.
     *
     * @param kind {@code postgres-json} (jsonlog), {@code postgres-csv} (csvlog) or {@code vault-audit} (an audit device's JSON)
     * @param files the absolute path of the files, whose last part may have {@code *}: it has to fit those that were rotated too
     * @param urls addresses at which an HTTP server has such files, in ranges, for example {@code https://logs.example/vault/audit.log};
     *     without a query, since addresses are kept and logged
     * @param bearerFile a token that is shown there, by https (http on a loopback address), read again for each request
     * @param target what the server is called in answers and events; the name of the target whose leases are used there
     * @param knownLogins logins that need no lease: the broker's own, replication, monitoring; of Vault's tokens their display names
     * @param from {@code now} or {@code beginning}: what is done with files that are there when the source is read for the first time
     * @param auditDevice of {@code vault-audit}: the path at which Vault has the audit device, which hashes accessors for it
     * @param paths of {@code vault-audit}: beginnings of the paths that only leases are for, for example {@code database/creds/}; what
     *     others do elsewhere is not looked at. None: every path
     */
    record Source(
            @Nullable Kind kind,
            @Nullable Path files,
            @DefaultValue List<URI> urls,
            @Nullable Path bearerFile,
            @Nullable String target,
            @DefaultValue Set<String> knownLogins,
            @DefaultValue("now") From from,
            @DefaultValue("file") String auditDevice,
            @DefaultValue List<String> paths) {

        /** Whether whoever has no lease is to be told of, where this was seen. */
        boolean watches(Observed seen) {
            return paths.isEmpty() || paths.stream().anyMatch(seen.object()::startsWith);
        }

        private void check(String key) {
            require(kind != null, key + ".kind is postgres-json, postgres-csv or vault-audit");
            require(
                    files != null || !urls.isEmpty(),
                    key + " needs files, an absolute path such as /var/log/postgresql/*.json, or urls");
            require(
                    files == null
                            || (files.isAbsolute()
                                    && files.getFileName() != null
                                    && !String.valueOf(files.getParent()).contains("*")),
                    key
                            + ".files is an absolute path such as /var/log/postgresql/*.json, with * in its last part only");
            urls.forEach(url -> require(
                    ("https".equals(url.getScheme()) || "http".equals(url.getScheme()))
                            && url.getHost() != null
                            && url.getUserInfo() == null
                            && url.getRawQuery() == null
                            && url.getFragment() == null,
                    key
                            + ".urls are http(s) addresses such as https://logs.example/vault/audit.log, without user, query or"
                            + " fragment: they are kept and logged. Name a token by bearer-file"));
            require(
                    bearerFile == null || urls.stream().allMatch(Transport::isPrivate),
                    key + ".urls are https (http on a loopback address) where bearer-file is shown");
            require(target != null && !target.isBlank() && target.length() <= 63, key + ".target names the server");
            require(
                    auditDevice.matches("[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*"),
                    key + ".audit-device is a path such as file");
            require(kind == Kind.VAULT_AUDIT || paths.isEmpty(), key + ".paths are of the kind vault-audit only");
        }
    }

    ObservationProperties {
        require(keep.compareTo(Duration.ofDays(1)) >= 0, "errand.observation.keep is at least a day, for example 400d");
        sources.forEach((name, source) -> {
            require(
                    name.matches("[a-z0-9][a-z0-9._-]{0,62}"),
                    "errand.observation.sources: '" + name + "' is no name: 1 to 63 of a-z, 0-9, '.', '_', '-'");
            source.check(KEY + name);
        });
    }

    private static void require(boolean good, String sentence) {
        if (!good) {
            throw new IllegalArgumentException(sentence);
        }
    }
}
