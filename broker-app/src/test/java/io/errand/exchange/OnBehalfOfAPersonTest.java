package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jwt.JWTClaimsSet;
import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire.Answer;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** Who may act for a person, and until when: what their token says, in {@code may_act} (RFC 8693 §4.4) or {@code azp}, and {@code exp}. */
@BrokerTest
class OnBehalfOfAPersonTest {

    private final String agent = Scene.name("agent");
    private final String tool = Scene.name("orders");
    private final Scene scene;
    private final Refusals refusals;

    OnBehalfOfAPersonTest(@LocalServerPort int port, @Autowired JdbcClient jdbc) {
        scene = new Scene(port);
        refusals = new Refusals(scene, jdbc);
    }

    @BeforeEach
    void registered() {
        scene.postgresTool(tool, Map.of());
        scene.agent(
                agent, tool, Map.of("on_behalf_of", List.of(Map.of("issuer", "people", "clients", List.of("portal")))));
        scene.permits();
    }

    @Test
    void theTaskEndsWithThePersonsToken() {
        Instant end = Instant.now().plusSeconds(90).truncatedTo(ChronoUnit.SECONDS);

        Answer answer =
                scene.exchange(form(claims -> claims.claim("azp", "portal").expirationTime(Date.from(end)), "PT10M"));

        JsonNode granted = Family.granted(answer);
        assertThat(Family.end(granted.path("task"))).isEqualTo(end);
        assertThat(Family.end(granted.path("credentials").path(0))).isBeforeOrEqualTo(end);
        assertThat(scene.verified(Family.token(granted)).path("exp").asLong()).isEqualTo(end.getEpochSecond());
        scene.complete(granted);
    }

    @Test
    void aTokenThatIsAcceptedForItsSkewAloneBeginsNoTask() {
        Instant end = Instant.now().minusSeconds(10);

        refusals.assertRefused(
                Refusals.Expected.invalidRequest("expired"),
                () -> scene.exchange(form(
                        claims -> claims.claim("azp", "portal")
                                .issueTime(Date.from(end.minusSeconds(60)))
                                .expirationTime(Date.from(end)),
                        "PT10M")));
    }

    @Test
    void mayActNamesTheAgentAsItsIssuerDoes() {
        Answer answer = scene.exchange(form(claims -> claims.claim("may_act", named()), "PT5M"));

        JsonNode granted = Family.granted(answer);
        assertThat(scene.verified(Family.token(granted)).path("sub").asString()).isEqualTo("person:people:ann");
        scene.complete(granted);
    }

    @TestFactory
    Stream<DynamicTest> mayActBypass() {
        Map<String, Object> noIssuer = Map.of("sub", agent);
        Map<String, Object> otherIssuer = Map.of("iss", "https://other.example", "sub", agent);
        Map<String, Object> slash = Map.of("iss", Surroundings.WORKLOADS.url() + "/", "sub", agent);
        Map<String, Object> longer = Map.of("iss", Surroundings.WORKLOADS.url(), "sub", agent + "-2");
        Map<String, Object> upper = Map.of("iss", Surroundings.WORKLOADS.url(), "sub", agent.toUpperCase(Locale.ROOT));
        Map<String, Object> list = Map.of("iss", Surroundings.WORKLOADS.url(), "sub", List.of(agent));
        Map<String, Object> nested = Map.of("sub", "other", "may_act", named());
        Map<String, Object> noSubject = Map.of("iss", Surroundings.WORKLOADS.url(), "client_id", agent);
        return Stream.<Map.Entry<String, Object>>of(
                        Map.entry("a subject of whatever issuer", noIssuer),
                        Map.entry("another issuer", otherIssuer),
                        Map.entry("the issuer with a slash", slash),
                        Map.entry("a name that begins with it", longer),
                        Map.entry("another case", upper),
                        Map.entry("a list of subjects", list),
                        Map.entry("one inside another", nested),
                        Map.entry("no subject", noSubject),
                        Map.entry("a list of parties", List.of(named())),
                        Map.entry("text", agent),
                        Map.entry("nobody", Map.of()))
                .map(one -> DynamicTest.dynamicTest(
                        one.getKey(),
                        // A listed client does not help where may_act says who it is.
                        () -> refusals.assertRefused(
                                Refusals.Expected.invalidRequest("may_act_mismatch"),
                                () -> scene.exchange(form(
                                        claims -> claims.claim("azp", "portal").claim("may_act", one.getValue()),
                                        "PT5M")))));
    }

    @TestFactory
    Stream<DynamicTest> clientBypass() {
        return Stream.<Object>of("portal-2", "Portal", "", List.of("portal"), Arrays.asList("portal", "x"))
                .map(azp -> DynamicTest.dynamicTest(
                        "azp " + azp,
                        () -> refusals.assertRefused(
                                Refusals.Expected.invalidRequest("on_behalf_of_not_allowed"),
                                () -> scene.exchange(form(claims -> claims.claim("azp", azp), "PT5M")))));
    }

    private Map<String, Object> named() {
        return Map.of("iss", Surroundings.WORKLOADS.url(), "sub", agent);
    }

    private Map<String, String> form(Consumer<JWTClaimsSet.Builder> person, String ttl) {
        Map<String, String> form = new HashMap<>(Scene.request(agent, tool, "read"));
        form.put("actor_token", form.get("subject_token"));
        form.put("actor_token_type", Scene.JWT);
        form.put("subject_token", Surroundings.PEOPLE.token("ann", person));
        form.put("task", "{\"ttl\":\"" + ttl + "\"}");
        return form;
    }
}
