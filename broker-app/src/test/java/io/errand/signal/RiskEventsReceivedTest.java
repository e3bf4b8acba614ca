package io.errand.signal;

import static io.errand.signal.Pushes.issSub;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.TestIssuer;
import io.errand.testing.Wire.Answer;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;

/** What an issuer says about a risk counts for the agent or the sessions concerned, for a time, and ends what policy would not grant then. */
@BrokerTest
class RiskEventsReceivedTest {

    private static final String RISK = "https://schemas.openid.net/secevent/caep/event-type/risk-level-change";
    private static final String COMPROMISE =
            "https://schemas.openid.net/secevent/risc/event-type/credential-compromise";
    private static final TestIssuer TRANSMITTER = new TestIssuer();

    private final String agent = Scene.name("clerk");
    private final String tool = Scene.name("erp");
    private final Scene scene;
    private final Pushes idp;

    RiskEventsReceivedTest(@LocalServerPort int port) {
        scene = new Scene(port);
        idp = new Pushes(port, "idp", TRANSMITTER);
    }

    @DynamicPropertySource
    static void configured(DynamicPropertyRegistry properties) {
        Map.of(
                        "issuer", TRANSMITTER.url(),
                        "jwks-uri", TRANSMITTER.url() + "/jwks",
                        "audience", "the-broker",
                        "issuers", "people,workloads",
                        "risk.lasts", "PT10M")
                .forEach((key, value) -> properties.add("errand.signal.transmitters.idp." + key, () -> value));
    }

    @AfterAll
    static void stop() {
        TRANSMITTER.close();
    }

    /** An internal tool is 10, so that MEDIUM (30) is let through, and HIGH (60) is not. */
    @BeforeEach
    void registered() {
        scene.jwtTool(tool, Map.of());
        scene.agent(
                agent, tool, Map.of("on_behalf_of", List.of(Map.of("issuer", "people", "clients", List.of("portal")))));
        String resource = "resource == Errand::Tool::\"" + tool + "\"";
        scene.policy(
                agent,
                "permit(principal, action, " + resource + ");\nforbid(principal, action, " + resource
                        + ") when { context.risk >= 50 };");
    }

    @AfterEach
    void over() {
        scene.admin().delete("/admin/v1/policies/" + agent);
        for (JsonNode signal : signals()) {
            scene.admin().delete("/admin/v1/risk/" + signal.path("id").asString());
        }
    }

    private List<JsonNode> signals() {
        return scene.admin().get("/admin/v1/risk").json().path("items").values().stream()
                .toList();
    }

    private String said(String type, Map<String, Object> subject, Map<String, Object> payload) {
        String token = idp.token(type, subject, claims -> claims.claim("events", Map.of(type, payload)));
        Answer taken = idp.push(token);
        assertThat(taken.status()).as(taken.text()).isEqualTo(202);
        return token;
    }

    private static Map<String, Object> level(String level) {
        return new HashMap<>(Map.of(
                "principal", "USER", "current_level", level, "risk_reason", "PASSWORD_FOUND_IN_DATA_BREACH\r\nmore"));
    }

    private JsonNode received(String token) {
        String id = jti(token);
        return scene.events("kind=security_event.received").stream()
                .filter(event -> event.at("/details/jti").asString().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private static String jti(String token) {
        try {
            return com.nimbusds.jwt.SignedJWT.parse(token).getJWTClaimsSet().getJWTID();
        } catch (java.text.ParseException e) {
            throw new AssertionError(e);
        }
    }

    private JsonNode granted(Map<String, String> form) {
        Answer answer = scene.exchange(form);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json();
    }

    private int asks() {
        return scene.exchange(Scene.request(agent, tool, "read")).status();
    }

    private String state(JsonNode granted) {
        String task = granted.path("task").path("id").asString();
        return scene.admin()
                .get("/admin/v1/leases?task=" + task)
                .json()
                .at("/items/0/state")
                .asString();
    }

    private Map<String, Object> workload() {
        return issSub(Surroundings.WORKLOADS.url(), agent);
    }

    @Test
    void aWorkloadsRiskIsItsAgentsAndLiveLeasesAreDecidedAgain() {
        JsonNode before = granted(Scene.request(agent, tool, "read"));

        String token = said(RISK, workload(), level("HIGH"));

        assertThat(asks()).isEqualTo(400);
        await("the lease to be revoked")
                .atMost(Duration.ofSeconds(30))
                .until(() -> !state(before).equals("active"));
        JsonNode event = received(token);
        assertThat(event.path("outcome").asString()).isEqualTo("raised");
        assertThat(event.path("who").asString()).isEqualTo("transmitter:idp");
        assertThat(event.at("/details/points").asInt()).isEqualTo(60);
        assertThat(scene.events("kind=risk.raised&agent=" + agent))
                .singleElement()
                .satisfies(raised -> {
                    assertThat(raised.path("who").asString()).isEqualTo("transmitter:idp");
                    assertThat(raised.at("/details/reason").asString())
                            .isEqualTo("security event: risk-level-change HIGH: PASSWORD_FOUND_IN_DATA_BREACH more");
                    assertThat(Duration.between(
                                    Instant.parse(raised.path("at").asString()),
                                    Instant.parse(
                                            raised.at("/details/expires_at").asString())))
                            .isBetween(Duration.ofMinutes(9), Duration.ofMinutes(11));
                });
    }

    /** It never adds up, and what it said last holds. */
    @Test
    void whatATransmitterSaysLastCountsAlone() {
        said(RISK, workload(), level("MEDIUM"));
        said(RISK, workload(), level("MEDIUM"));
        assertThat(asks()).isEqualTo(200);
        assertThat(signals()).hasSize(1);

        said(RISK, workload(), level("HIGH"));
        assertThat(asks()).isEqualTo(400);

        String low = said(RISK, workload(), level("LOW"));
        assertThat(asks()).isEqualTo(200);
        assertThat(signals()).isEmpty();
        assertThat(received(low).path("outcome").asString()).isEqualTo("cleared");
    }

    @Test
    void whatAnOperatorSaidStandsBesideIt() {
        scene.as("errand.operator")
                .post(
                        "/admin/v1/risk",
                        Map.of("scope", Map.of("agent", agent), "points", 45, "reason", "odd", "ttl", "PT10M"));

        said(RISK, workload(), level("LOW"));

        assertThat(asks()).isEqualTo(400);
        assertThat(signals()).hasSize(1);
    }

    @Test
    void itIsTakenOnceHoweverOftenItComes() {
        String token = said(RISK, workload(), level("HIGH"));
        scene.admin().delete("/admin/v1/risk/" + signals().getFirst().path("id").asString());

        assertThat(idp.push(token).status()).isEqualTo(202);

        assertThat(signals()).isEmpty();
        assertThat(asks()).isEqualTo(200);
    }

    @Test
    void aPersonsRiskIsThatOfTheSessionsThatActForThem() {
        String ann = Scene.name("ann");
        JsonNode hers = granted(Scene.requestFor(ann, agent, tool, "read"));
        JsonNode his = granted(Scene.requestFor(Scene.name("bob"), agent, tool, "read"));

        said(COMPROMISE, issSub(Surroundings.PEOPLE.url(), ann), Map.of("credential_type", "password"));

        await("her agent's lease to be revoked")
                .atMost(Duration.ofSeconds(30))
                .until(() -> !state(hers).equals("active"));
        assertThat(state(his)).isEqualTo("active");
        assertThat(signals()).singleElement().satisfies(signal -> {
            assertThat(signal.at("/scope/task_tree").asString())
                    .isEqualTo(hers.path("task").path("id").asString());
            assertThat(signal.path("points").asInt()).isEqualTo(80);
        });
        assertThat(asks()).isEqualTo(200);
    }

    /** One of many that begin alike is not all of them. */
    @Test
    void aWorkloadOfAFleetRaisesItsOwnSessionsAlone() {
        String fleet = Scene.name("fleet");
        scene.agent(
                fleet,
                tool,
                Map.of("identities", List.of(Map.of("issuer", "workloads", "subject_prefix", fleet + "/"))));
        JsonNode one = granted(Scene.request(fleet + "/1", tool, "read"));
        JsonNode two = granted(Scene.request(fleet + "/2", tool, "read"));

        said(RISK, issSub(Surroundings.WORKLOADS.url(), fleet + "/1"), level("HIGH"));

        await("its lease to be revoked")
                .atMost(Duration.ofSeconds(30))
                .until(() -> !state(one).equals("active"));
        assertThat(state(two)).isEqualTo("active");
        assertThat(scene.exchange(Scene.request(fleet + "/3", tool, "read")).status())
                .isEqualTo(200);
    }

    static Stream<Map<String, Object>> misunderstood() {
        return Stream.of(
                Map.of(),
                Map.of("principal", "USER"),
                Map.of("principal", "USER", "current_level", "high"),
                Map.of("principal", "USER", "current_level", 3),
                Map.of("principal", "DEVICE", "current_level", "HIGH"),
                Map.of("current_level", "HIGH"));
    }

    @ParameterizedTest
    @MethodSource("misunderstood")
    void whatSaysNoLevelOfAPersonOrWorkloadIsRecordedAndIgnored(Map<String, Object> payload) {
        String token = said(RISK, workload(), payload);

        assertThat(received(token).path("outcome").asString()).isEqualTo("ignored");
        assertThat(received(token).at("/details/reason").asString()).isEqualTo("event_not_understood");
        assertThat(signals()).isEmpty();
    }
}
