package io.errand.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import io.errand.api.Json;
import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.TestIssuer;
import io.errand.testing.Wire;
import io.errand.testing.Wire.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** {@code clients/vectors}: what clients in other languages are tested with is what the broker answers. */
@BrokerTest
class VectorsTest {

    private static final Path VECTORS = Path.of("..", "clients", "vectors");
    private static final Pattern PLACE = Pattern.compile("\\$\\{([a-z_]+)}");
    private static final TestIssuer CORP = new TestIssuer();
    private static final String AGENT = "erp-gateway";
    private static final String TOOL = "erp-api";

    private static final Map<String, Pattern> KINDS = Map.of(
            "$jwt", Pattern.compile("[\\w-]+\\.[\\w-]+\\.[\\w-]+"),
            "$uuid", Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
            "$time", Pattern.compile("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z"),
            "$text", Pattern.compile("(?s).+"));

    private final Scene scene;

    VectorsTest(@LocalServerPort int port) {
        scene = new Scene(port);
    }

    @BeforeEach
    void registered() {
        Answer put = scene.admin()
                .put(
                        "/admin/v1/issuers/vectors-people",
                        Map.of(
                                "issuer", CORP.url(),
                                "jwks", Map.of("discovery", true),
                                "audiences", List.of("errand"),
                                "purpose", "person",
                                "id_jag", true));
        assertThat(put.status()).as(put.text()).isIn(200, 201);
        scene.jwtTool(
                TOOL,
                Map.of(
                        "max_ttl",
                        "PT5M",
                        "identities",
                        List.of(Map.of("issuer", "workloads", "subject", "system:" + TOOL))));
        scene.agent(
                AGENT,
                TOOL,
                Map.of(
                        "task_types",
                        List.of("desk"),
                        "on_behalf_of",
                        List.of(
                                Map.of("issuer", "people", "clients", List.of("portal")),
                                Map.of("issuer", "vectors-people", "clients", List.of("portal")))));
        scene.permits("""
                permit(principal, action, resource) when { context.actions == ["read"] };
                @approval("finance") permit(principal, action, resource) when { context.actions == ["write"] };
                """);
    }

    @TestFactory
    Stream<DynamicTest> theBrokerAnswersThem() throws IOException {
        try (Stream<Path> files = Files.list(VECTORS)) {
            return files.filter(file -> file.toString().endsWith(".json")).sorted().toList().stream()
                    .map(file -> DynamicTest.dynamicTest(file.getFileName().toString(), () -> {
                        registered();
                        play(Json.mapper().readTree(Files.readString(file)));
                    }));
        }
    }

    private Map<String, Supplier<String>> made() {
        Map<String, Supplier<String>> made = new HashMap<>();
        made.put("workload_token", () -> Surroundings.WORKLOADS.token(AGENT));
        made.put("tool_token", () -> Surroundings.WORKLOADS.token("system:" + TOOL));
        made.put("person_token", () -> Surroundings.PEOPLE.token("ann", claims -> claims.claim("azp", "portal")));
        made.put(
                "client_assertion",
                () -> Surroundings.WORKLOADS.token(AGENT, claims -> claims.audience(BrokerTest.ISSUER)));
        made.put(
                "id_jag",
                () -> TestIssuer.sign(
                        CORP.ec(),
                        JWSAlgorithm.ES256,
                        new JOSEObjectType("oauth-id-jag+jwt"),
                        CORP.claims(
                                "ann",
                                claims -> claims.audience(BrokerTest.ISSUER)
                                        .claim("client_id", AGENT)
                                        .claim("scope", TOOL + ":read"))));
        return made;
    }

    private void play(JsonNode vector) {
        Map<String, Supplier<String>> values = made();
        int number = 0;
        for (JsonNode step : vector.path("steps")) {
            String where = "step " + ++number;
            Answer answer = asked(step.path("request"), values);
            JsonNode due = step.path("answer");
            assertThat(answer.status())
                    .as(where + ": " + answer.text())
                    .isEqualTo(due.path("status").asInt());
            due.path("headers")
                    .propertyStream()
                    .forEach(header -> assertThat(answer.header(header.getKey()))
                            .as(where + " " + header.getKey())
                            .contains(header.getValue().asString()));
            same(where, due.path("body"), answer.json(), values);
            step.path("keep").propertyStream().forEach(kept -> {
                String value = answer.json().at(kept.getValue().asString()).asString();
                values.put(kept.getKey(), () -> value);
            });
        }
        assertThat(number).isPositive();
    }

    private Answer asked(JsonNode request, Map<String, Supplier<String>> values) {
        Wire wire = scene.anonymous();
        if (request.has("bearer")) {
            wire = wire.as(filled(request.path("bearer").asString(), values));
        }
        for (Map.Entry<String, JsonNode> header : request.path("headers").properties()) {
            wire = wire.with(header.getKey(), header.getValue().asString());
        }
        String path = filled(request.path("path").asString(), values);
        if (request.has("form")) {
            Map<String, String> form = new LinkedHashMap<>();
            request.path("form")
                    .propertyStream()
                    .forEach(one -> form.put(one.getKey(), filled(one.getValue().asString(), values)));
            return wire.form(path, form);
        }
        return request.path("method").asString().equals("GET")
                ? wire.get(path)
                : wire.post(path, Json.mapper().convertValue(request.path("json"), Map.class));
    }

    private static String filled(String text, Map<String, Supplier<String>> values) {
        Matcher matcher = PLACE.matcher(text);
        return matcher.replaceAll(place -> {
            Supplier<String> value = values.get(place.group(1));
            if (value == null) {
                throw new AssertionError("nothing is known by the name " + place.group(1));
            }
            return Matcher.quoteReplacement(value.get());
        });
    }

    private static void same(String where, JsonNode due, JsonNode seen, Map<String, Supplier<String>> values) {
        if (due.isObject()) {
            assertThat(seen.isObject()).as(where).isTrue();
            due.propertyStream()
                    .filter(member -> !member.getKey().equals("..."))
                    .forEach(member ->
                            same(where + "/" + member.getKey(), member.getValue(), seen.path(member.getKey()), values));
            if (!due.has("...")) {
                assertThat(seen.propertyNames()).as(where).hasSameElementsAs(due.propertyNames());
            }
        } else if (due.isArray()) {
            assertThat(seen.size()).as(where).isEqualTo(due.size());
            for (int i = 0; i < due.size(); i++) {
                same(where + "/" + i, due.get(i), seen.get(i), values);
            }
        } else if (due.isString() && List.of("$seconds", "$number").contains(due.asString())) {
            assertThat(seen.isIntegralNumber() && seen.asLong() >= 0).as(where).isTrue();
        } else if (due.isString() && KINDS.containsKey(due.asString())) {
            assertThat(seen.asString("")).as(where).matches(KINDS.get(due.asString()));
        } else if (due.isString()) {
            assertThat(seen.asString("")).as(where).isEqualTo(filled(due.asString(), values));
        } else {
            assertThat(seen).as(where).isEqualTo(due);
        }
    }
}
