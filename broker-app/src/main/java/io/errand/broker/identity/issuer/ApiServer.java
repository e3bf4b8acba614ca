package io.errand.broker.identity.issuer;

import io.errand.api.CaFile;
import io.errand.api.Json;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * A Kubernetes API server, asked with a token and trusted by its cluster's own certificates; both files are read for each
 * request, since both are renewed by others. Its address comes from the service's configuration, so it may be a private one.
 */
final class ApiServer {

    private static final Duration TIMEOUT = Duration.ofSeconds(2);
    private static final int MOST_BYTES_OF_A_FILE = 1 << 20;

    sealed interface Answer {}

    record Answered(Map<?, ?> document) implements Answer {}

    record Silent(String cause) implements Answer {}

    /** A client, and the text of the certificates that it was made to trust. */
    private record Trusting(String certificates, HttpClient client) {}

    private final ClusterProperties.Cluster cluster;
    private volatile @Nullable Trusting current;

    ApiServer(ClusterProperties.Cluster cluster) {
        this.cluster = cluster;
    }

    Answer get(String path) {
        return ask(path, HttpRequest.Builder::GET);
    }

    Answer post(String path, Object document) {
        return ask(
                path,
                request -> request.header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(Json.mapper().writeValueAsString(document))));
    }

    private Answer ask(String path, UnaryOperator<HttpRequest.Builder> method) {
        try {
            URI uri = URI.create(String.valueOf(cluster.server()).replaceAll("/+$", "") + path);
            HttpRequest.Builder request =
                    method.apply(HttpRequest.newBuilder(uri).timeout(TIMEOUT).header("Accept", KeySetClient.ACCEPTED));
            if (cluster.tokenFile() != null) {
                request.header("Authorization", "Bearer " + text(cluster.tokenFile()));
            }
            return send(client(), request.build());
        } catch (IOException e) {
            return new Silent("a file of its configuration cannot be read ("
                    + e.getClass().getSimpleName() + ")");
        } catch (GeneralSecurityException e) {
            return new Silent("its ca-file holds no certificates in PEM");
        } catch (IllegalArgumentException e) {
            return new Silent("its token-file holds no token");
        }
    }

    private static Answer send(HttpClient client, HttpRequest request) {
        Future<HttpResponse<byte[]>> answer =
                client.sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), Json.MAX_DOCUMENT_BYTES));
        try {
            HttpResponse<byte[]> response = answer.get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
            return switch (response.statusCode()) {
                case 200, 201 -> read(response.body());
                case 401 -> new Silent("it does not accept the token of token-file (401)");
                case 403 ->
                    new Silent("it does not let the token of token-file do this (403): bind it to the cluster role"
                            + " system:service-account-issuer-discovery for its keys, and to one that may create"
                            + " tokenreviews for token-review");
                default -> new Silent("it answered " + response.statusCode());
            };
        } catch (TimeoutException e) {
            answer.cancel(true);
            return new Silent("it did not answer in time");
        } catch (ExecutionException e) {
            return new Silent(
                    e.getCause() instanceof IOException io ? io.getClass().getSimpleName() : "failed");
        } catch (InterruptedException e) {
            answer.cancel(true);
            Thread.currentThread().interrupt();
            return new Silent("interrupted");
        }
    }

    private static Answer read(byte[] body) {
        try {
            return Json.mapper().readValue(new String(body, StandardCharsets.UTF_8), Object.class)
                            instanceof Map<?, ?> document
                    ? new Answered(document)
                    : new Silent("it answered no JSON object");
        } catch (JacksonException e) {
            return new Silent("it answered no JSON");
        }
    }

    private static String text(Path file) throws IOException {
        return new String(bytes(file), StandardCharsets.UTF_8).strip();
    }

    private static byte[] bytes(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(MOST_BYTES_OF_A_FILE);
        }
    }

    private HttpClient client() throws IOException, GeneralSecurityException {
        String certificates = cluster.caFile() == null ? "" : text(cluster.caFile());
        Trusting known = current;
        if (known != null && known.certificates().equals(certificates)) {
            return known.client();
        }
        HttpClient.Builder builder = HttpClient.newBuilder()
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(TIMEOUT);
        if (cluster.caFile() != null) {
            builder.sslContext(CaFile.tls(CaFile.alone(cluster.caFile())));
        }
        HttpClient client = builder.build();
        current = new Trusting(certificates, client);
        if (known != null) {
            known.client().shutdown();
        }
        return client;
    }
}
