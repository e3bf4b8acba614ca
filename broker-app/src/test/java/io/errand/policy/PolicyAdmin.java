package io.errand.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.api.Json;
import io.errand.testing.Admins;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.core.env.Environment;
import tools.jackson.databind.JsonNode;

/** An administrator of policies. */
@TestConfiguration
class PolicyAdmin {

    static final String WHO = "person:people:root";

    private final HttpClient http = HttpClient.newHttpClient();
    private final Environment environment;

    PolicyAdmin(Environment environment) {
        this.environment = environment;
    }

    record Answer(int status, @Nullable String etag, String contentType, JsonNode body) {}

    /** Saves the set as the one in force and returns its version. */
    int activate(String name, String cedar) {
        Answer answer = put(name, Map.of("cedar", cedar), null);
        assertThat(answer.status()).as("%s", answer.body()).isIn(200, 201);
        return answer.body().get("version").asInt();
    }

    Answer put(String name, Map<String, Object> resource, @Nullable String ifMatch) {
        HttpRequest.Builder request = request(name)
                .header("Content-Type", "application/json")
                .PUT(BodyPublishers.ofString(Json.mapper().writeValueAsString(new LinkedHashMap<>(resource))));
        if (ifMatch != null) {
            request.header("If-Match", ifMatch);
        }
        return send(request);
    }

    Answer post(String path, Map<String, Object> body) {
        return send(request(path)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(Json.mapper().writeValueAsString(body))));
    }

    Answer get(String path) {
        return send(request(path).GET());
    }

    Answer delete(String name) {
        return send(request(name).DELETE());
    }

    private HttpRequest.Builder request(String path) {
        String port = environment.getRequiredProperty("local.server.port");
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/admin/v1/policies" + path))
                .header("Authorization", "Bearer " + Admins.token("errand.admin"));
    }

    private Answer send(HttpRequest.Builder request) {
        try {
            HttpResponse<String> response = http.send(request.build(), BodyHandlers.ofString());
            return new Answer(
                    response.statusCode(),
                    response.headers().firstValue("ETag").orElse(null),
                    response.headers().firstValue("Content-Type").orElse(""),
                    response.body().isEmpty()
                            ? Json.mapper().createObjectNode()
                            : Json.mapper().readTree(response.body()));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
