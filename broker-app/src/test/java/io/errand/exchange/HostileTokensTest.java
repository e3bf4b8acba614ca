package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.exchange.Refusals.Expected;
import io.errand.testing.BrokerTest;
import io.errand.testing.Forgeries;
import io.errand.testing.Forgeries.Forgery;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire;
import io.errand.testing.Wire.Answer;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Forged tokens at the token endpoint: all refused in the same words, and only the log knows which check each one failed. */
@BrokerTest
class HostileTokensTest {

    /** Whom the forged tokens name: a real agent, so that only the token stands between them and its tools. */
    private static final String AGENT = "forger";

    private static final String TOOL = "forgers-orders";

    private final Scene scene;
    private final Refusals refusals;

    HostileTokensTest(@LocalServerPort int port, @Autowired JdbcClient jdbc) {
        scene = new Scene(port);
        refusals = new Refusals(scene, jdbc);
    }

    @BeforeEach
    void registered() {
        scene.postgresTool(TOOL, Map.of());
        scene.agent(AGENT, TOOL, Map.of());
        scene.permits();
    }

    static Stream<Forgery> forgeries() {
        return Forgeries.all().stream();
    }

    /** One of each check is enough: which token it is changes nothing about how it is looked at. */
    static Stream<Forgery> someForgeries() {
        Map<String, Forgery> byReason = new TreeMap<>();
        Forgeries.all().forEach(one -> byReason.putIfAbsent(one.reason(), one));
        return byReason.values().stream();
    }

    @ParameterizedTest
    @MethodSource("forgeries")
    void asSubjectItIsRefusedAndTheNextGoodRequestIsGranted(Forgery forgery) {
        String token = forgery.token().apply(Surroundings.WORKLOADS);
        Map<String, String> form = Scene.request(AGENT, TOOL, "read");
        form.put("subject_token", token);

        assertRefused(token, token.isEmpty() ? "subject_token_missing" : forgery.reason(), form);

        assertGoodRequestIsGranted();
    }

    @ParameterizedTest
    @MethodSource("someForgeries")
    void asActorItIsRefusedLikewise(Forgery forgery) {
        String token = forgery.token().apply(Surroundings.WORKLOADS);
        Map<String, String> form = Scene.request(AGENT, TOOL, "read");
        form.put("subject_token", Surroundings.PEOPLE.token("ann", claims -> claims.claim("azp", "portal")));
        form.put("actor_token", token);
        form.put("actor_token_type", Scene.JWT);

        assertRefused(token, token.isEmpty() ? "actor_token_type" : forgery.reason(), form);
    }

    @Test
    void elsewhereItIsNoToken() {
        for (Forgery forgery : Forgeries.all()) {
            String token = forgery.token().apply(Surroundings.WORKLOADS);
            if (!token.isEmpty()) {
                String introspected = scene.as("errand.introspect")
                        .form("/oauth2/introspect", Map.of("token", token))
                        .text();
                assertThat(introspected).as(forgery.name()).isEqualTo("{\"active\":false}");
            }
            if (token.matches("[!-~]{1,8000}")) {
                Wire bearer = scene.anonymous().as(token);
                assertThat(bearer.get("/v1/tasks/x").status())
                        .as(forgery.name())
                        .isEqualTo(401);
                assertThat(bearer.get("/admin/v1/tools").status())
                        .as(forgery.name())
                        .isEqualTo(401);
            }
        }
    }

    @Test
    void aTokenOfAMegabyteIsNotEvenRead() {
        Map<String, String> form = Scene.request(AGENT, TOOL, "read");
        form.put("subject_token", "e".repeat(1 << 20));

        refusals.assertRefused(Expected.invalidRequest("body_too_large"), () -> scene.exchange(form));

        assertGoodRequestIsGranted();
    }

    private void assertRefused(String token, String reason, Map<String, String> form) {
        Answer answer = refusals.assertRefused(Expected.invalidRequest(reason), () -> scene.exchange(form));

        if (!token.isEmpty()) {
            assertThat(answer.json().path("error_description").asString())
                    .isEqualTo("The subject or actor token is not acceptable.");
        }
        Arrays.stream(token.split("[.\\s]"))
                .filter(part -> part.length() > 8)
                .forEach(part -> assertThat(answer.text()).doesNotContain(part.substring(0, 8)));
    }

    /** Without tools: what is asked here is whether anything of the forged one stuck. */
    private void assertGoodRequestIsGranted() {
        Map<String, String> form = Scene.request(AGENT, TOOL, "read");
        form.remove("authorization_details");
        Answer answer = scene.exchange(form);

        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        scene.complete(answer.json());
    }
}
