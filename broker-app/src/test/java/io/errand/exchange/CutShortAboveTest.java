package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Wire.Answer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** P3: when an agent's limit becomes shorter, what came through it ends with what it could still do itself. */
@BrokerTest
class CutShortAboveTest {

    private static final Duration SOON = Duration.ofSeconds(30);
    private static final Duration LESS = Duration.ofMinutes(2);

    private final String set = Scene.name("term");
    private final Scene scene;
    private final Family family;

    CutShortAboveTest(@LocalServerPort int port) {
        scene = new Scene(port);
        family = Family.at(scene);
    }

    @BeforeEach
    void registered() {
        family.register();
    }

    @Test
    void theLimitOfTheAgentAtTheTopCutsAllThatIsBelow() {
        JsonNode top = family.task();
        JsonNode child = family.childOf(top, family.child());
        JsonNode grandchild = family.childOf(child, family.grandchild());

        narrow(family.parent(), "PT2M");

        for (JsonNode one : List.of(top, child, grandchild)) {
            endsAt(one, begun(top).plus(LESS));
        }
        assertThat(reassessed(grandchild, "cut")
                        .path("details")
                        .path("expires_at")
                        .asString())
                .isEqualTo(begun(top).plus(LESS).toString());
        scene.complete(top);
    }

    @Test
    void theLimitOfOneInTheMiddleCutsNothingAboveIt() {
        JsonNode top = family.task();
        JsonNode child = family.childOf(top, family.child());
        JsonNode grandchild = family.childOf(child, family.grandchild());
        Instant before = end(top);

        narrow(family.child(), "PT2M");

        endsAt(child, begun(child).plus(LESS));
        endsAt(grandchild, begun(child).plus(LESS));
        assertThat(end(top)).isEqualTo(before);
        scene.complete(top);
    }

    @Test
    void aRenewalGoesNoFurtherThanThoseAboveCould() {
        permitFor("PT1M");
        JsonNode top = family.task();
        JsonNode grandchild = family.childOf(family.childOf(top, family.child()), family.grandchild());
        permitFor("PT10M");
        narrow(family.parent(), "PT2M");

        Answer renewed = scene.anonymous()
                .as(Family.token(grandchild))
                .post("/v1/leases/" + Family.lease(grandchild) + "/renew", Map.of("ttl", "PT5M"));

        assertThat(renewed.status()).as(renewed.text()).isEqualTo(200);
        assertThat(Family.end(renewed.json())).isEqualTo(begun(top).plus(LESS));
        scene.complete(top);
    }

    @Test
    void moreForTheSameTaskEndsAsSoon() {
        JsonNode top = family.task();
        JsonNode grandchild = family.childOf(family.childOf(top, family.child()), family.grandchild());
        narrow(family.parent(), "PT2M");

        JsonNode own = Family.granted(scene.exchange(family.more(family.parent(), top, "read")));
        JsonNode below = Family.granted(scene.exchange(family.more(family.grandchild(), grandchild, "read")));

        assertThat(end(own)).isEqualTo(begun(top).plus(LESS));
        assertThat(end(below)).isEqualTo(begun(top).plus(LESS));
        scene.complete(top);
    }

    @Test
    void whatIsHandedOnAndTakenUpAfterwardsEndsAsSoon() {
        JsonNode top = family.task();
        String before = family.handed(top, family.child(), "read");

        narrow(family.parent(), "PT2M");

        Instant latest = begun(top).plus(LESS);
        JsonNode child = Family.granted(scene.exchange(family.takes(family.child(), before, "read")));
        assertThat(Family.end(family.view(child).json())).isBetween(latest.minusSeconds(1), latest);
        assertThat(end(child)).isBeforeOrEqualTo(latest);
        Answer delegation = family.delegate(child, family.asks(family.grandchild(), "read"));
        assertThat(Family.end(delegation.json())).isBeforeOrEqualTo(latest);
        scene.complete(top);
    }

    @Test
    void whatWouldHaveEndedAlreadyIsRevokedAndNothingMoreIsGiven() {
        JsonNode top = family.task();
        String handed = family.handed(top, family.child(), "read");
        JsonNode child = family.childOf(top, family.child());
        await("the task at the top to be older than it may become")
                .atMost(SOON)
                .until(() -> Instant.now().isAfter(begun(top).plusSeconds(2)));

        narrow(family.parent(), "PT1S");

        assertThat(reassessed(child, "denied").path("details").path("reason").asString())
                .isEqualTo("max_ttl_passed");
        isRefused(scene.exchange(family.more(family.child(), child, "read")));
        isRefused(scene.exchange(family.more(family.parent(), top, "read")));
        isRefused(scene.exchange(family.takes(family.child(), handed, "read")));
        assertThat(family.delegate(top, family.asks(family.child(), "read")).status())
                .isEqualTo(403);
        assertThat(scene.events("kind=exchange.denied&agent=" + family.child()))
                .extracting(event -> event.path("details").path("reason").asString())
                .containsExactly("max_ttl_passed", "max_ttl_passed");
        scene.complete(top);
    }

    private static void isRefused(Answer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.json().path("error").asString()).isEqualTo("access_denied");
    }

    private void narrow(String agent, String maxTtl) {
        boolean top = agent.equals(family.parent());
        scene.agent(
                agent,
                family.tool(),
                Map.of(
                        "delegates_to",
                        List.of(top ? family.child() : family.grandchild()),
                        "max_delegation_depth",
                        top ? 2 : 1,
                        "max_ttl",
                        maxTtl));
    }

    private void permitFor(String maxTtl) {
        scene.policy(
                set,
                "@id(\"term\") @max_ttl(\"" + maxTtl + "\") permit(principal == Errand::Agent::\"" + family.grandchild()
                        + "\", action, resource);");
    }

    private void endsAt(JsonNode granted, Instant expected) {
        await("the lease to end sooner")
                .atMost(SOON)
                .untilAsserted(() -> assertThat(end(granted)).isEqualTo(expected));
    }

    private Instant end(JsonNode granted) {
        return Family.end(scene.anonymous()
                .as(Family.token(granted))
                .get("/v1/leases/" + Family.lease(granted))
                .json());
    }

    /** When its task was declared. */
    private Instant begun(JsonNode granted) {
        return Instant.parse(family.view(granted).json().path("created_at").asString());
    }

    private JsonNode reassessed(JsonNode granted, String outcome) {
        return await("the lease is decided again")
                .atMost(SOON)
                .until(
                        () -> scene.events("lease=" + Family.lease(granted) + "&kind=lease.reassessed").stream()
                                .filter(event ->
                                        event.path("outcome").asString().equals(outcome))
                                .toList(),
                        events -> !events.isEmpty())
                .getFirst();
    }
}
