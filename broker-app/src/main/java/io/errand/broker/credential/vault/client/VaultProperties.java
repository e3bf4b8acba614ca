package io.errand.broker.credential.vault.client;

import io.errand.broker.shared.Secret;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where Vault is and how the broker logs in. Without {@code errand.vault.address} there is no backend {@code vault}.
 *
 * @param address the address of the cluster: its active node, or a standby that forwards; redirects are not followed
 * @param namespace sent as {@code X-Vault-Namespace}
 * @param caFile certificates (PEM) to trust instead of the JDK's
 * @param connectTimeout until a connection stands
 * @param readTimeout until an answer is there, whole
 * @param walkTimeout for looking through every accessor or every lease of a path
 */
@ConfigurationProperties("errand.vault")
public record VaultProperties(
        @Nullable String address,
        @Nullable String namespace,
        @Nullable Path caFile,
        @DefaultValue("2s") Duration connectTimeout,
        @DefaultValue("5s") Duration readTimeout,
        @DefaultValue("20s") Duration walkTimeout,
        @DefaultValue Auth auth) {

    public VaultProperties {
        if (address != null) {
            requireAddress(address);
            auth.validate();
            requireFile("errand.vault.ca-file", caFile);
            requirePositive("errand.vault.connect-timeout", connectTimeout);
            requirePositive("errand.vault.read-timeout", readTimeout);
            requirePositive("errand.vault.walk-timeout", walkTimeout);
        }
    }

    /** The ways to log in. */
    public enum Method {
        TOKEN,
        APPROLE,
        JWT,
        KUBERNETES
    }

    /**
     * Secrets come from files, which are read again at each login, or from the environment.
     *
     * @param token for development ({@code VAULT_TOKEN})
     * @param secretId from the environment; a file is better
     * @param jwtFile the workload's token; for {@code kubernetes} the service account's by default
     * @param mount where the auth method is mounted; its name by default
     */
    public record Auth(
            @DefaultValue("token") Method method,
            @Nullable Secret token,
            @Nullable Path tokenFile,
            @Nullable String roleId,
            @Nullable Secret secretId,
            @Nullable Path secretIdFile,
            @Nullable Path jwtFile,
            @Nullable String role,
            @Nullable String mount) {

        private static final Path SERVICE_ACCOUNT = Path.of("/var/run/secrets/kubernetes.io/serviceaccount/token");

        String mountOrDefault() {
            return mount == null ? method.name().toLowerCase(Locale.ROOT) : mount;
        }

        Path jwtFileOrDefault() {
            return jwtFile == null ? SERVICE_ACCOUNT : jwtFile;
        }

        /** The token, or what is in its file now. */
        public Secret readToken() {
            return token != null ? token : readFile("token-file", tokenFile);
        }

        Secret readSecretId() {
            return secretId != null ? secretId : readFile("secret-id-file", secretIdFile);
        }

        Secret readJwt() {
            return readFile("jwt-file", jwtFileOrDefault());
        }

        private void validate() {
            switch (method) {
                case TOKEN -> {
                    requireOneOf("token", token, "token-file", tokenFile);
                    requireFile("errand.vault.auth.token-file", tokenFile);
                }
                case APPROLE -> {
                    requireText("errand.vault.auth.role-id", roleId);
                    requireOneOf("secret-id", secretId, "secret-id-file", secretIdFile);
                    requireFile("errand.vault.auth.secret-id-file", secretIdFile);
                }
                case JWT -> {
                    requireText("errand.vault.auth.role", role);
                    if (jwtFile == null) {
                        throw new IllegalArgumentException(
                                "errand.vault.auth.jwt-file is missing: the file that holds" + " the workload's token");
                    }
                    requireFile("errand.vault.auth.jwt-file", jwtFile);
                }
                case KUBERNETES -> {
                    requireText("errand.vault.auth.role", role);
                    requireFile("errand.vault.auth.jwt-file", jwtFileOrDefault());
                }
            }
        }

        private static void requireOneOf(String first, @Nullable Object one, String second, @Nullable Object other) {
            if ((one == null) == (other == null)) {
                throw new IllegalArgumentException("Set one of errand.vault.auth." + first + " and errand.vault.auth."
                        + second + ", not both and not none");
            }
        }

        private static Secret readFile(String key, @Nullable Path file) {
            return Secret.read(key, Objects.requireNonNull(file)).strip();
        }
    }

    private static void requireAddress(String address) {
        URI uri;
        try {
            uri = URI.create(address);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("errand.vault.address is not a URL: " + e.getMessage(), e);
        }
        String path = uri.getPath();
        if (!("https".equals(uri.getScheme()) || "http".equals(uri.getScheme()))
                || uri.getHost() == null
                || uri.getUserInfo() != null
                || uri.getQuery() != null
                || !(path.isEmpty() || path.equals("/"))) {
            throw new IllegalArgumentException(
                    "errand.vault.address is http(s)://host:port and nothing more, for example https://vault:8200");
        }
    }

    private static void requireText(String key, @Nullable String text) {
        if (text == null || text.isBlank()) {
            throw new IllegalArgumentException(key + " is missing");
        }
    }

    private static void requireFile(String key, @Nullable Path file) {
        if (file != null && !Files.isReadable(file)) {
            throw new IllegalArgumentException(key + " names a file that cannot be read: " + file);
        }
    }

    private static void requirePositive(String key, Duration duration) {
        if (!duration.isPositive()) {
            throw new IllegalArgumentException(key + " must be a positive duration, for example 5s");
        }
    }
}
