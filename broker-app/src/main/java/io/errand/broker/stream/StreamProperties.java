package io.errand.broker.stream;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where the audit log is sent on to.
 *
 * @param streams by a name of our own, under which the database keeps how far each has come
 */
@ConfigurationProperties("errand.audit")
record StreamProperties(@DefaultValue Map<String, Stream> streams) {

    static final String KEY = "errand.audit.streams.";

    /** How entries are sent. */
    enum Kind {
        SYSLOG,
        OTLP,
        FILE,
        WEBHOOK
    }

    /** As what entries are sent. */
    enum Format {
        ERRAND,
        OCSF,
        ECS
    }

    /** Where a stream begins that has never sent anything. */
    enum From {
        NOW,
        BEGINNING
    }

    /**
     * One of them.
     *
     * @param kind {@code syslog} (RFC 5424 over TLS, RFC 5425), {@code otlp} (logs over HTTP, as JSON), {@code file} or {@code webhook}
     * @param format {@code errand}: an entry as it stands in the log; {@code ocsf}: OCSF 1.5; {@code ecs}: Elastic Common Schema. The
     *     last two have the entry in them
     * @param from {@code now} or {@code beginning}: where it begins that has never sent anything
     * @param address of the kind {@code syslog}: host and port, for example {@code logs.example:6514}
     * @param url of the kinds {@code otlp} (for example {@code https://collector.example/v1/logs}) and {@code webhook}: https, or http
     *     on this machine
     * @param file of the kind {@code file}: a line for each entry. It is opened anew each time, so that it may be rotated
     * @param caFile certificates (PEM) of the authorities that are trusted alone by the kind {@code syslog}; absent: those of the JDK
     * @param tokenFile of the kind {@code otlp}: a bearer token, read again each time
     * @param secretFile of the kind {@code webhook}: {@code whsec_} and the base64 of 24 to 64 bytes
     * @param maxBytes of the kind {@code syslog}: of one message, 2048 to 1048576. A longer one goes without its details
     */
    record Stream(
            @Nullable Kind kind,
            @DefaultValue("errand") Format format,
            @DefaultValue("now") From from,
            @Nullable String address,
            @Nullable URI url,
            @Nullable Path file,
            @Nullable Path caFile,
            @Nullable Path tokenFile,
            @Nullable Path secretFile,
            @DefaultValue("8192") int maxBytes) {

        private void check(String key) {
            Kind its = kind;
            require(its != null, key + ".kind is syslog, otlp, file or webhook");
            only(key + ".address", address, its, Kind.SYSLOG);
            only(key + ".ca-file", caFile, its, Kind.SYSLOG);
            only(key + ".url", url, its, Kind.OTLP, Kind.WEBHOOK);
            only(key + ".token-file", tokenFile, its, Kind.OTLP);
            only(key + ".secret-file", secretFile, its, Kind.WEBHOOK);
            only(key + ".file", file, its, Kind.FILE);
            require(maxBytes >= 2048 && maxBytes <= 1 << 20, key + ".max-bytes is 2048 to 1048576");
            switch (Objects.requireNonNull(its)) {
                case SYSLOG ->
                    require(
                            address != null && address.matches("(\\[[0-9a-fA-F:.]+]|[^:\\[\\]/\\s]+):[0-9]{1,5}"),
                            key + ".address is a host and a port, such as logs.example:6514");
                case OTLP, WEBHOOK ->
                    require(
                            url != null
                                    && url.getHost() != null
                                    && url.getRawUserInfo() == null
                                    && ("https".equals(url.getScheme()) || isOnThisMachine(url)),
                            key + ".url is an https URL (http on a loopback address)");
                case FILE ->
                    require(
                            file != null && file.isAbsolute() && !Files.isDirectory(file),
                            key + ".file is the absolute path of a file");
            }
            require(
                    its != Kind.WEBHOOK || secretFile != null,
                    key + ".secret-file must name a file with a whsec_ secret");
            for (Path read : new @Nullable Path[] {caFile, tokenFile, secretFile}) {
                require(read == null || Files.isReadable(read), key + " names a file that cannot be read: " + read);
            }
        }

        private static boolean isOnThisMachine(URI url) {
            return "http".equals(url.getScheme())
                    && (url.getHost().equals("localhost") || url.getHost().matches("127\\.[0-9.]+|\\[::1]"));
        }

        /** What would be read by no other kind is a mistake, not a wish. */
        private static void only(String key, @Nullable Object value, @Nullable Kind its, Kind... kinds) {
            for (Kind kind : kinds) {
                if (kind == its) {
                    return;
                }
            }
            require(
                    value == null,
                    key + " says nothing to the kind " + String.valueOf(its).toLowerCase(Locale.ROOT));
        }
    }

    StreamProperties {
        streams.forEach((name, stream) -> {
            require(
                    name.matches("[a-z0-9][a-z0-9._-]{0,62}"),
                    "errand.audit.streams: '" + name + "' is no name: 1 to 63 of a-z, 0-9, '.', '_', '-'");
            stream.check(KEY + name);
        });
    }

    private static void require(boolean good, String sentence) {
        if (!good) {
            throw new IllegalArgumentException(sentence);
        }
    }
}
