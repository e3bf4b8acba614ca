package io.errand.broker.credential.vault.client;

import io.errand.api.CaFile;
import io.errand.broker.credential.vault.client.Reply.Said;
import io.errand.broker.shared.Secret;
import io.github.jopenlibs.vault.EnvironmentLoader;
import io.github.jopenlibs.vault.Vault;
import io.github.jopenlibs.vault.VaultConfig;
import io.github.jopenlibs.vault.VaultException;
import io.github.jopenlibs.vault.api.Logical;
import io.github.jopenlibs.vault.json.Json;
import io.github.jopenlibs.vault.json.JsonObject;
import io.github.jopenlibs.vault.json.JsonValue;
import io.github.jopenlibs.vault.json.ParseException;
import io.github.jopenlibs.vault.response.LogicalResponse;
import java.io.IOException;
import java.io.Serial;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** Single calls to Vault through its driver, each made once: the driver retries nothing here. */
public final class VaultCalls implements AutoCloseable {

    private final String address;
    private final @Nullable String namespace;
    private final Duration readTimeout;
    private final HttpClient client;
    private final HttpClient once;

    public VaultCalls(VaultProperties properties) {
        address = Objects.requireNonNull(properties.address());
        namespace = properties.namespace();
        readTimeout = properties.readTimeout();
        HttpClient inner = client(properties);
        Duration limit = properties.connectTimeout().plus(readTimeout);
        client = new BoundedClient(inner, limit, false);
        once = new BoundedClient(inner, limit, true);
    }

    public Reply read(@Nullable Secret token, String path) {
        return call(token, client, vault -> vault.read(path));
    }

    Reply list(@Nullable Secret token, String path) {
        return call(token, client, vault -> vault.list(path));
    }

    public Reply write(@Nullable Secret token, String path, Map<String, Object> body) {
        return call(token, client, vault -> vault.write(path, body));
    }

    /** Reads what each read makes anew: a GET that repeated itself would make a second credential. */
    public Reply readOnce(Secret token, String path) {
        return call(token, once, vault -> vault.read(path));
    }

    @Override
    public void close() {
        client.close();
    }

    @FunctionalInterface
    private interface Operation {
        LogicalResponse on(Logical vault) throws VaultException;
    }

    private Reply call(@Nullable Secret token, HttpClient client, Operation operation) {
        LogicalResponse response;
        try {
            VaultConfig config = new VaultConfig()
                    .environmentLoader(new NoEnvironment())
                    .address(address)
                    .httpClient(client)
                    .readTimeout(Math.toIntExact(readTimeout.plusMillis(999).toSeconds()));
            if (token != null) {
                config.token(token.reveal());
            }
            if (namespace != null) {
                config.nameSpace(namespace);
            }
            response = operation.on(Vault.create(config.build(), 1).logical());
        } catch (VaultException e) {
            return failed(e);
        }
        int status = response.getRestResponse().getStatus();
        return new Said(status, parse(response.getRestResponse().getBody()));
    }

    private static Reply failed(VaultException e) {
        Throwable root = e;
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof UnclearVaultAnswer away) {
                return away.asReply();
            }
            root = cause;
        }
        if (root instanceof InterruptedException) {
            Thread.currentThread().interrupt();
        }
        return e.getHttpStatusCode() > 0
                ? new Reply.Busy(e.getHttpStatusCode(), "unexpected answer", null)
                : new Reply.Silent("Vault did not answer (" + root.getClass().getSimpleName()
                        + (root.getMessage() == null ? "" : ": " + root.getMessage()) + ")");
    }

    private static JsonObject parse(byte[] body) {
        try {
            JsonValue value = Json.parse(new String(body, StandardCharsets.UTF_8));
            return value.isObject() ? value.asObject() : new JsonObject();
        } catch (ParseException e) {
            return new JsonObject(); // 204, or a page of something that stands before Vault
        }
    }

    private static HttpClient client(VaultProperties properties) {
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(properties.connectTimeout())
                .followRedirects(HttpClient.Redirect.NEVER);
        if (properties.caFile() != null) {
            builder.sslContext(trusting(properties.caFile()));
        }
        return builder.build();
    }

    /** Every certificate of the file; the driver's own reader takes the first only. */
    private static SSLContext trusting(Path caFile) {
        try {
            return CaFile.tls(CaFile.alone(caFile));
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("errand.vault.ca-file holds no certificates: " + caFile, e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The driver would take VAULT_TOKEN for any call without a token; what it may use is what it was given. */
    private static final class NoEnvironment extends EnvironmentLoader {

        @Serial
        private static final long serialVersionUID = 1L;

        @Override
        public @Nullable String loadVariable(String name) {
            return null;
        }
    }
}
