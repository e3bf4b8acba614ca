package io.errand.directory;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.api.Json;
import io.errand.testing.Scene;
import io.errand.testing.Wire.Answer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A directory as the service sees it.
 *
 * @param authorization the header; null: none
 */
record Pusher(String base, @Nullable String authorization, String type) {

    static final String USER = "urn:ietf:params:scim:schemas:core:2.0:User";
    static final String GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group";
    static final String PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

    private static final String SCIM = "application/scim+json";

    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /** With a fresh bearer. */
    static Pusher of(Scene scene) {
        return new Pusher(
                scene.anonymous().base(),
                "Bearer " + bearer(scene).path("token").asString(),
                SCIM);
    }

    static JsonNode bearer(Scene scene) {
        Answer made = scene.admin().post("/admin/v1/directory/tokens", Map.of("note", "the test's directory"));
        assertThat(made.status()).as(made.text()).isEqualTo(201);
        return made.json();
    }

    Pusher showing(@Nullable String other) {
        return new Pusher(base, other, type);
    }

    Pusher sending(String other) {
        return new Pusher(base, authorization, other);
    }

    Answer get(String path) {
        return send("GET", path, null);
    }

    Answer post(String path, Object body) {
        return send("POST", path, body);
    }

    Answer put(String path, Object body) {
        return send("PUT", path, body);
    }

    Answer patch(String path, Object... operations) {
        return send("PATCH", path, Map.of("schemas", List.of(PATCH), "Operations", List.of(operations)));
    }

    Answer delete(String path) {
        return send("DELETE", path, null);
    }

    Answer send(String method, String path, @Nullable Object body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + "/scim/v2" + path))
                .timeout(Duration.ofSeconds(30))
                .method(
                        method,
                        body == null
                                ? BodyPublishers.noBody()
                                : BodyPublishers.ofString(
                                        body instanceof String text
                                                ? text
                                                : Json.mapper().writeValueAsString(body)));
        if (body != null) {
            request.header("Content-Type", type);
        }
        if (authorization != null) {
            request.header("Authorization", authorization);
        }
        try {
            HttpResponse<String> answer = CLIENT.send(request.build(), BodyHandlers.ofString());
            return new Answer(answer.statusCode(), answer.headers(), answer.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    static Map<String, Object> user(String name, Map<String, Object> more) {
        Map<String, Object> user = new HashMap<>(Map.of("schemas", List.of(USER), "userName", name));
        user.putAll(more);
        return user;
    }

    static Map<String, Object> group(String name, String... members) {
        return Map.of(
                "schemas",
                List.of(GROUP),
                "displayName",
                name,
                "members",
                List.of(members).stream().map(id -> Map.of("value", id)).toList());
    }

    /** Its id. */
    String pushed(String path, Map<String, Object> body) {
        Answer created = post(path, body);
        assertThat(created.status()).as(created.text()).isEqualTo(201);
        return created.json().path("id").asString();
    }

    String user(String name) {
        return pushed("/Users", user(name, Map.of()));
    }
}
