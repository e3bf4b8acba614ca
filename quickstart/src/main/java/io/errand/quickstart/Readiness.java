package io.errand.quickstart;

import io.errand.api.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** What the service says of its own readiness. */
final class Readiness implements AutoCloseable {

    private static final Duration ANSWER = Duration.ofSeconds(10);

    private final URI probe;
    private final HttpClient http = HttpClient.newHttpClient();

    /** @param management the address of health and metrics */
    Readiness(String management) {
        this.probe = URI.create(management + "/actuator/health/readiness");
    }

    /** What keeps it from being ready, as words; empty: nothing does. */
    List<String> missing() throws InterruptedException {
        try {
            var answer = http.send(HttpRequest.newBuilder(probe).timeout(ANSWER).build(), BodyHandlers.ofString());
            JsonNode health = Json.mapper().readTree(answer.body());
            if (health.path("status").asString("").equals("UP")) {
                return List.of();
            }
            List<String> parts = health.path("components").properties().stream()
                    .filter(part -> !part.getValue().path("status").asString("").equals("UP"))
                    .map(Map.Entry::getKey)
                    .toList();
            return parts.isEmpty() ? List.of("health") : parts;
        } catch (IOException | JacksonException e) {
            return List.of("health");
        }
    }

    @Override
    public void close() {
        http.close();
    }
}
