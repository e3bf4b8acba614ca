package io.errand.operations;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.api.Json;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire.Answer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** What the schemas say must be there, or be one of some texts, the service says too. */
class SchemasAreTrueTest extends Operated {

    SchemasAreTrueTest(
            @LocalServerPort int port, @Value("${local.management.port}") int management, @Autowired JdbcClient jdbc) {
        super(port, management, jdbc);
    }

    private Map<String, Object> valid(String kind) {
        return new HashMap<>(
                switch (kind) {
                    case "issuer" ->
                        Map.of(
                                "issuer",
                                "https://issuer.example/" + Scene.name("i"),
                                "jwks",
                                Map.of("uri", Surroundings.WORKLOADS.url() + "/keys"),
                                "audiences",
                                List.of("errand"),
                                "purpose",
                                "workload");
                    case "agent" ->
                        Map.of(
                                "owner",
                                "o",
                                "purpose",
                                "p",
                                "identities",
                                List.of(Map.of("issuer", "workloads", "subject", Scene.name("s"))),
                                "task_types",
                                List.of("triage"));
                    case "tool" ->
                        Map.of(
                                "backend", "jwt",
                                "actions", List.of("read"),
                                "sensitivity", "internal",
                                "environment", "production",
                                "config", Map.of("audience", "https://" + Scene.name("t") + ".example"));
                    default -> Map.of("cedar", "permit(principal, action, resource) when { false };");
                });
    }

    private Answer put(String kind, String name, Map<String, Object> members) {
        return scene.admin()
                .put("/admin/v1/" + (kind.equals("policy") ? "policies" : kind + "s") + "/" + name, members);
    }

    @ParameterizedTest
    @ValueSource(strings = {"issuer", "agent", "tool", "policy"})
    void requiredAndEnumerated(String kind) {
        JsonNode schema = Json.mapper().readTree(Documents.read("docs/schemas/" + kind + ".json"));
        String name = Scene.name("schema");
        assertThat(put(kind, name, valid(kind)).status()).isEqualTo(201);
        List<String> wrong = new ArrayList<>();

        for (JsonNode required : schema.path("required")) {
            Map<String, Object> without = valid(kind);
            // A file says its kind and name; at the API they stand in the address.
            if (without.remove(required.asString()) != null
                    && put(kind, Scene.name("schema"), without).status() != 400) {
                wrong.add(required + " is not required");
            }
        }
        schema.path("properties").forEachEntry((member, property) -> {
            Set<String> texts = new TreeSet<>();
            property.path("enum").forEach(one -> texts.add(one.asString()));
            if (texts.isEmpty()) {
                return;
            }
            Map<String, Object> other = valid(kind);
            other.put(member, "no-such-word");
            if (put(kind, Scene.name("schema"), other).status() != 400) {
                wrong.add(member + " may be something else");
            }
            for (String text : texts) {
                Map<String, Object> one = valid(kind);
                one.put(member, text);
                Answer answer = put(kind, Scene.name("schema"), one);
                // What may be a word of its own, and does not go with the rest: a claim of people's tokens, a backend's
                // config.
                boolean isOther = Set.of("backend", "client_claim").contains(member);
                if (answer.status() != 201 && !(isOther && answer.status() == 400)) {
                    wrong.add(member + " may not be " + text + ": " + answer.text());
                }
            }
        });

        assertThat(wrong).isEmpty();
    }
}
