package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.api.Json;
import io.errand.exchange.Refusals.Expected;
import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** A prompt is whatever a person typed: its digest is kept, and its text only where a setting asks for it. */
@BrokerTest
class PromptsTest {

    static final String PROMPT = "Pay invoice 4711 to Ångström; my PIN is 1234";

    private final Scene scene;
    private final JdbcClient jdbc;
    private final Refusals refusals;
    private final Family family;

    PromptsTest(@LocalServerPort int port, @Autowired JdbcClient jdbc) {
        scene = new Scene(port);
        this.jdbc = jdbc;
        refusals = new Refusals(scene, jdbc);
        family = Family.at(scene);
    }

    static Map<String, String> saying(Family family, String prompt) {
        Map<String, String> form = Scene.request(family.parent(), family.tool(), "read");
        form.put("task", Json.mapper().writeValueAsString(Map.of("type", "triage", "ttl", "PT5M", "prompt", prompt)));
        return form;
    }

    static JsonNode declaration(JdbcClient jdbc, JsonNode granted) {
        return Json.mapper()
                .readTree(jdbc.sql("SELECT declaration::text FROM task WHERE id = :id::uuid")
                        .param("id", Family.id(granted))
                        .query(String.class)
                        .single());
    }

    private static String sha256(String text) throws NoSuchAlgorithmException {
        return HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void onlyItsDigestIsKept() throws NoSuchAlgorithmException {
        family.register();
        JsonNode granted = Family.granted(scene.exchange(saying(family, PROMPT)));

        JsonNode kept = declaration(jdbc, granted);

        assertThat(kept.path("prompt_sha256").asString()).isEqualTo(sha256(PROMPT));
        assertThat(kept.has("prompt")).isFalse();
        assertThat(scene.events("task=" + Family.id(granted) + "&kind=exchange.granted"))
                .singleElement()
                .satisfies(event ->
                        assertThat(event.toString()).contains(sha256(PROMPT)).doesNotContain("4711", "1234"));
        scene.complete(granted);
    }

    @Test
    void aDigestOfSomethingElseIsRefused() {
        family.register();
        Map<String, String> form = Scene.request(family.parent(), family.tool(), "read");
        form.put("task", "{\"type\":\"triage\",\"prompt\":\"a\",\"prompt_sha256\":\"" + "0".repeat(64) + "\"}");

        refusals.assertRefused(new Expected(400, "invalid_request", "prompt_digest"), () -> scene.exchange(form));
    }
}
