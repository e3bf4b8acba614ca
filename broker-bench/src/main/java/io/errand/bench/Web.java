package io.errand.bench;

import io.errand.api.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/** Requests that prepare a round; none of them is measured. */
final class Web {

    private static final Duration ANSWER = Duration.ofSeconds(60);
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private Web() {}

    static JsonNode get(URI address) {
        return send(HttpRequest.newBuilder(address).GET());
    }

    /** @param authorization a header's value */
    static JsonNode post(URI address, @Nullable String authorization, String form) {
        return send(authorized(address, authorization)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString(form)));
    }

    static JsonNode postJson(URI address, String authorization, Object body) {
        return send(authorized(address, authorization)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(Json.mapper().writeValueAsString(body))));
    }

    private static HttpRequest.Builder authorized(URI address, @Nullable String authorization) {
        HttpRequest.Builder request = HttpRequest.newBuilder(address);
        return authorization == null ? request : request.header("Authorization", authorization);
    }

    private static JsonNode send(HttpRequest.Builder request) {
        try {
            HttpResponse<String> answer =
                    HTTP.send(request.timeout(ANSWER).build(), HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() / 100 != 2) {
                throw new BenchFailed(answer.uri() + " answered " + answer.statusCode() + ": " + answer.body());
            }
            return answer.body().isEmpty()
                    ? MissingNode.getInstance()
                    : Json.mapper().readTree(answer.body());
        } catch (IOException e) {
            throw new BenchFailed("Nothing answers at " + request.build().uri(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchFailed("interrupted", e);
        }
    }
}
