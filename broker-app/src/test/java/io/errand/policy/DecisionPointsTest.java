package io.errand.policy;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.matchingJsonPath;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static io.errand.policy.Ask.toRead;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.http.Fault;
import io.errand.broker.policy.Policies;
import io.errand.broker.policy.PolicyDecision;
import io.errand.broker.policy.PolicyDecision.Deny;
import io.errand.broker.policy.PolicyDecision.Permit;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** P5: an external decision point that is slow, dead or lying denies within its timeout, and it can only deny. */
@PolicyTest
class DecisionPointsTest {

    private static final String ALL = "@id(\"all\") permit(principal, action, resource);";
    private static final String YES = "{\"decision\": true}";
    private static final WireMockServer POINT = started();

    @Autowired
    private Policies policies;

    @Autowired
    private PolicyAdmin admin;

    @Autowired
    private JdbcClient jdbc;

    @DynamicPropertySource
    static void where(DynamicPropertyRegistry registry) {
        registry.add("errand.policy.pdps.guard.url", () -> POINT.baseUrl() + "/access/v1/evaluation");
        registry.add("errand.policy.pdps.guard.timeout", () -> "PT0.7S");
        registry.add("errand.policy.pdps.guard.token", () -> "a-secret");
        registry.add("errand.policy.pdps.dead.url", () -> "http://127.0.0.1:9/");
        registry.add("errand.policy.pdps.dead.timeout", () -> "PT1S");
    }

    @AfterAll
    static void stop() {
        POINT.stop();
    }

    @BeforeEach
    void inForce() {
        POINT.resetAll();
        jdbc.sql("UPDATE policy_version SET status = 'deleted'").update();
        answers(json(YES));
        put("guarded", ALL, "guard");
        // Whatever the test before did: a clean answer closes the circuit, once it has rested.
        await("the decision point is asked")
                .atMost(Duration.ofSeconds(15))
                .until(() -> policies.decide(toRead().question()) instanceof Permit);
        POINT.resetRequests();
    }

    @Test
    void itsYesLetsThroughWhatCedarPermitsAndIsNamed() {
        assertThat(policies.decide(toRead().question()))
                .isInstanceOfSatisfying(
                        Permit.class,
                        permit -> assertThat(permit.policies())
                                .anyMatch(id -> id.endsWith("/all"))
                                .anyMatch(id -> id.matches("guarded@[0-9]+/pdp:guard")));
    }

    @Test
    void itIsAskedTheSameQuestion() {
        policies.decide(
                toRead().onBehalf("person:people:bob").of("restricted").bound().question());

        POINT.verify(postRequestedFor(urlEqualTo("/access/v1/evaluation"))
                .withHeader("Authorization", equalTo("Bearer a-secret"))
                .withRequestBody(matchingJsonPath("$.subject[?(@.type == 'agent' && @.id == 'invoice-triage')]"))
                .withRequestBody(matchingJsonPath("$.action.name", equalTo("issue")))
                .withRequestBody(matchingJsonPath("$.action.properties.actions[0]", equalTo("read")))
                .withRequestBody(matchingJsonPath("$.resource[?(@.type == 'tool' && @.id == 'orders-db')]"))
                .withRequestBody(matchingJsonPath("$.resource.properties.sensitivity", equalTo("restricted")))
                .withRequestBody(matchingJsonPath("$.context.task.on_behalf_of", equalTo("person:people:bob")))
                .withRequestBody(matchingJsonPath("$.context.sender_constrained", equalTo("true"))));
    }

    @Test
    void itsNoDeniesWhatCedarPermits() {
        answers(json("{\"decision\": false, \"context\": {\"reason\": \"no\"}}"));

        assertThat(denial().reason()).isEqualTo("decision_point_no");
    }

    @Test
    void itsYesPermitsNothingThatCedarDenies() {
        put("guarded", ALL + "@id(\"never\") forbid(principal, action, resource);", "guard");

        assertThat(denial().reason()).isEqualTo("forbidden");
        POINT.verify(0, postRequestedFor(urlEqualTo("/access/v1/evaluation")));
    }

    static Stream<Arguments> whatIsNoYes() {
        return Stream.of(
                arguments("text", json("{\"decision\": \"true\"}")),
                arguments("a number", json("{\"decision\": 1}")),
                arguments("null", json("{\"decision\": null}")),
                arguments("nothing", json("{}")),
                arguments("another case", json("{\"Decision\": true}")),
                arguments("deeper", json("{\"result\": {\"decision\": true}}")),
                arguments("twice", json("{\"decision\": false, \"decision\": true}")),
                arguments("a list", json("[{\"decision\": true}]")),
                arguments("a bare true", json("true")),
                arguments("something after it", json(YES + " {\"decision\": false}")),
                arguments("garbage", json("}{")),
                arguments("an empty body", json("")),
                arguments("deep nesting", json("[".repeat(5_000) + "]".repeat(5_000))),
                arguments(
                        "a huge body",
                        json("{\"decision\": true, \"context\": {\"x\": \"" + "x".repeat(100_000) + "\"}}")),
                arguments("a page", json(YES).withHeader("Content-Type", "text/html")),
                arguments("no type", aResponse().withBody(YES)),
                arguments("201", json(YES).withStatus(201)),
                arguments("403", json(YES).withStatus(403)),
                arguments("500", json(YES).withStatus(500)),
                arguments("a redirect", json(YES).withStatus(307).withHeader("Location", "/yes")),
                arguments("slow to begin", json(YES).withFixedDelay(3_000)),
                arguments("slow to end", json(YES).withChunkedDribbleDelay(10, 4_000)),
                arguments("reset", aResponse().withFault(Fault.CONNECTION_RESET_BY_PEER)),
                arguments("cut off", aResponse().withFault(Fault.RANDOM_DATA_THEN_CLOSE)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("whatIsNoYes")
    void onlyACleanYesIsAYes(String name, ResponseDefinitionBuilder answer) {
        POINT.stubFor(post(urlEqualTo("/yes")).willReturn(json(YES)));
        answers(answer);

        long start = System.nanoTime();
        Deny deny = denial();

        assertThat(deny.reason()).isEqualTo("decision_point_failed");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
        assertThat(deny.policies()).singleElement().asString().matches("guarded@[0-9]+/pdp:guard");
    }

    @Test
    void afterAFewFailuresItIsLeftAloneForAWhile() {
        answers(json("no").withStatus(500));
        for (int i = 0; i < 20; i++) {
            denial();
        }

        POINT.verify(5, postRequestedFor(urlEqualTo("/access/v1/evaluation")));
    }

    @Test
    void oneThatIsDownDenies() {
        put("guarded", ALL, "dead");

        assertThat(denial().reason()).isEqualTo("decision_point_failed");
        put("guarded", ALL, "guard");
    }

    private Deny denial() {
        PolicyDecision policyDecision = policies.decide(toRead().question());
        assertThat(policyDecision).isInstanceOf(Deny.class);
        return (Deny) policyDecision;
    }

    private void put(String name, String cedar, String point) {
        assertThat(admin.put("/" + name, Map.of("cedar", cedar, "pdp", point), null)
                        .status())
                .isIn(200, 201);
    }

    private static void answers(ResponseDefinitionBuilder answer) {
        POINT.stubFor(post(urlEqualTo("/access/v1/evaluation")).willReturn(answer));
    }

    private static ResponseDefinitionBuilder json(String body) {
        return aResponse().withHeader("Content-Type", "application/json").withBody(body);
    }

    private static WireMockServer started() {
        WireMockServer server = new WireMockServer(wireMockConfig().dynamicPort());
        server.start();
        return server;
    }
}
