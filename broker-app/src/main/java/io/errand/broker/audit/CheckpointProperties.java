package io.errand.broker.audit;

import io.errand.api.log.WitnessKey;
import io.errand.broker.shared.outbound.Transport;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Who is shown the log's checkpoints: witnesses, which cosign them, and places where the last one is kept.
 *
 * @param witnesses by a name of our own
 * @param checkpointCopies where the last checkpoint is copied to, by a name of our own: an address, or an object of a bucket. What is
 *     there at the start is compared with the database, as what {@code checkpoint-file} has
 */
@ConfigurationProperties("errand.audit")
record CheckpointProperties(
        @DefaultValue Map<String, Witness> witnesses,
        @DefaultValue Map<String, Copy> checkpointCopies) {

    static final String WITNESSES = "errand.audit.witnesses.";
    static final String COPIES = "errand.audit.checkpoint-copies.";

    /**
     * One of them (C2SP {@code tlog-witness}).
     *
     * @param url its submission prefix: {@code /add-checkpoint} is what follows
     * @param key its verifier key, {@code <name>+<id>+<base64>}, of a cosignature by Ed25519
     * @param interval how often it is asked, one second at least, while the log grows
     */
    record Witness(
            @Nullable URI url,
            @Nullable String key,
            @DefaultValue("PT10S") Duration interval) {

        WitnessKey verifier() {
            return WitnessKey.parse(Objects.requireNonNull(key)).orElseThrow();
        }

        private void check(String name) {
            require(isAddress(url), WITNESSES + name + ".url is an http(s) address such as https://witness.example");
            require(
                    key != null && WitnessKey.parse(key).isPresent(),
                    WITNESSES + name
                            + ".key is the vkey of an Ed25519 cosigner (type 4), for example witness.example+1234abcd+BA...");
            require(interval.compareTo(Duration.ofSeconds(1)) >= 0, WITNESSES + name + ".interval is PT1S or more");
        }
    }

    /**
     * One of them: what answers GET with the object and takes it with PUT.
     *
     * @param url of the object itself, for example {@code https://s3.example/bucket/errand-checkpoint}
     * @param bearerFile a token that is shown there, by https (http on a loopback address), read again each time
     * @param s3 how requests to an S3-compatible bucket are signed; absent: they are not
     */
    record Copy(
            @Nullable URI url,
            @Nullable Path bearerFile,
            @Nullable S3 s3) {

        private void check(String name) {
            require(
                    isAddress(url),
                    COPIES + name
                            + ".url is an http(s) address such as https://s3.example/bucket/errand-checkpoint, without a query");
            require(
                    bearerFile == null || (url != null && Transport.isPrivate(url)),
                    COPIES + name + ".url is https (http on a loopback address) where bearer-file is shown");
            require(s3 == null || bearerFile == null, COPIES + name + " has s3 or bearer-file, not both");
            require(
                    s3 == null || (s3.accessKeyIdFile != null && s3.secretAccessKeyFile != null),
                    COPIES + name + ".s3 needs access-key-id-file and secret-access-key-file");
        }
    }

    /**
     * Signature Version 4.
     *
     * @param region of the bucket
     * @param accessKeyIdFile who signs
     * @param secretAccessKeyFile with what; both are read again each time
     * @param sessionTokenFile of credentials that are short-lived
     */
    record S3(
            @DefaultValue("us-east-1") String region,
            @Nullable Path accessKeyIdFile,
            @Nullable Path secretAccessKeyFile,
            @Nullable Path sessionTokenFile) {}

    CheckpointProperties {
        witnesses.forEach((name, witness) -> witness.check(name));
        require(
                witnesses.values().stream()
                                .map(one -> one.verifier().name())
                                .distinct()
                                .count()
                        == witnesses.size(),
                "errand.audit.witnesses: two have keys of the same name, which are one witness");
        checkpointCopies.forEach((name, copy) -> copy.check(name));
    }

    private static boolean isAddress(@Nullable URI url) {
        return url != null
                && ("https".equals(url.getScheme()) || "http".equals(url.getScheme()))
                && url.getHost() != null
                && url.getUserInfo() == null
                && url.getRawQuery() == null
                && url.getFragment() == null;
    }

    private static void require(boolean good, String sentence) {
        if (!good) {
            throw new IllegalArgumentException(sentence);
        }
    }
}
