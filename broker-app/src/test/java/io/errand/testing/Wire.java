package io.errand.testing;

import io.errand.api.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/**
 * The service as a client sees it: HTTP and JSON, nothing of its classes.
 *
 * @param bearer the token that is shown with every request; null: none
 * @param headers further headers, for example {@code If-Match}
 * @param client what connects
 */
public record Wire(String base, @Nullable String bearer, Map<String, String> headers, HttpClient client) {

    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /** What came back; {@code text} is the body as it is. */
    public record Answer(int status, HttpHeaders headers, String text) {

        /** The body as JSON; missing where there is none or it is none. */
        public JsonNode json() {
            return text.startsWith("{") || text.startsWith("[")
                    ? Json.mapper().readTree(text)
                    : MissingNode.getInstance();
        }

        /** The header's first value, or the empty text. */
        public String header(String name) {
            return headers.firstValue(name).orElse("");
        }
    }

    public static Wire at(int port) {
        return new Wire("http://127.0.0.1:" + port, null, Map.of(), CLIENT);
    }

    /** Over TLS. */
    public static Wire at(int port, SSLContext tls) {
        return new Wire(
                "https://127.0.0.1:" + port,
                null,
                Map.of(),
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .sslContext(tls)
                        .build());
    }

    /** Whose requests bear this token. */
    public Wire as(@Nullable String token) {
        return new Wire(base, token, headers, client);
    }

    public Wire with(String header, String value) {
        Map<String, String> more = new java.util.TreeMap<>(headers);
        more.put(header, value);
        return new Wire(base, bearer, more, client);
    }

    public Answer get(String path) {
        return send(request(path).GET());
    }

    /** A body that is no text is written as JSON. */
    public Answer put(String path, Object body) {
        return send(request(path)
                .header("Content-Type", "application/json")
                .PUT(BodyPublishers.ofString(body instanceof String text ? text : json(body))));
    }

    public Answer post(String path, Object body) {
        return send(request(path)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body instanceof String text ? text : json(body))));
    }

    public Answer delete(String path) {
        return send(request(path).DELETE());
    }

    public Answer form(String path, Map<String, String> parameters) {
        return form(path, List.copyOf(parameters.entrySet()));
    }

    /** Parameters in their order, repeated ones too. */
    public Answer form(String path, List<Map.Entry<String, String>> parameters) {
        String body = parameters.stream()
                .map(one -> encode(one.getKey()) + "=" + encode(one.getValue()))
                .collect(Collectors.joining("&"));
        return send(request(path)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString(body)));
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(base + path)).timeout(Duration.ofSeconds(30));
        headers.forEach(request::header);
        if (bearer != null) {
            request.header("Authorization", "Bearer " + bearer);
        }
        return request;
    }

    private Answer send(HttpRequest.Builder request) {
        try {
            HttpResponse<String> response = client.send(request.build(), BodyHandlers.ofString());
            return new Answer(response.statusCode(), response.headers(), response.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static String json(Object body) {
        return Json.mapper().writeValueAsString(body);
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
