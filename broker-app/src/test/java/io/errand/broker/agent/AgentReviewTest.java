package io.errand.broker.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire;
import io.errand.testing.Wire.Answer;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** An owner looks again at what is shown, is told before, and what nobody looked at is stopped. */
@BrokerTest
class AgentReviewTest {

    private final LocalDate today = LocalDate.now(ZoneOffset.UTC);

    private final Scene scene;
    private final AgentReviewReminders reminders;
    private final JdbcClient jdbc;
    private final String tool = Scene.name("tool");
    private final String agent = Scene.name("reviewed");
    private final String team = Scene.name("team");

    AgentReviewTest(@LocalServerPort int port, @Autowired AgentReviewReminders reminders, @Autowired JdbcClient jdbc) {
        this.scene = new Scene(port);
        this.reminders = reminders;
        this.jdbc = jdbc;
    }

    @BeforeEach
    void registered() {
        scene.jwtTool(tool, Map.of());
        scene.policy(Scene.name("own"), "permit(principal, action, resource == Errand::Tool::\"" + tool + "\");");
    }

    @Test
    void theOwnerIsToldBeforeAndTheAgentStoppedAfter() {
        put(today.plusDays(3));
        JsonNode granted = begin().json();

        reminders.remind();
        reminders.remind();
        assertThat(kinds()).containsOnlyOnce("agent.review_due").doesNotContain("agent.review_overdue");
        assertThat(leaseState(granted)).isEqualTo("active");

        put(today.minusDays(1));
        reminders.remind();
        reminders.remind();

        assertThat(kinds()).containsOnlyOnce("agent.review_overdue");
        assertThat(leaseState(granted)).isNotEqualTo("active");
        assertThat(begin().json().path("error").asString()).isEqualTo("access_denied");
    }

    @Test
    void whoIsFarFromTheirDayAreToldNothing() {
        put(today.plusDays(15));

        reminders.remind();

        assertThat(kinds()).doesNotContain("agent.review_due", "agent.review_overdue");
    }

    @Test
    void theOwnersWordLetsItGoOn() {
        put(today.minusDays(1));
        JsonNode shown = review().json();

        Answer said = say(asMember(team), shown.path("digest").asString(), today.plusDays(90));

        assertThat(shown.path("overdue").asBoolean()).isTrue();
        assertThat(said.status()).as(said.text()).isEqualTo(200);
        assertThat(said.json().path("review_by").asString())
                .isEqualTo(today.plusDays(90).toString());
        assertThat(said.json().at("/last/digest")).isEqualTo(shown.path("digest"));
        assertThat(said.json().at("/last/who").asString()).isEqualTo("person:people:erin");
        assertThat(jdbc.sql("SELECT shown FROM agent_review WHERE agent = :agent")
                        .param("agent", agent)
                        .query(String.class)
                        .single())
                .isEqualTo(shown.path("shown").asString());
        assertThat(kinds()).contains("agent.recertified");
        assertThat(begin().status()).isEqualTo(200);
    }

    @Test
    void nobodyElsesWordCounts() {
        put(today.minusDays(1));
        String digest = review().json().path("digest").asString();

        assertThat(say(scene.admin(), digest, today.plusDays(90)).status()).isEqualTo(403);
        assertThat(say(asMember("others"), digest, today.plusDays(90)).status()).isEqualTo(403);
        assertThat(begin().status()).isEqualTo(400);
    }

    @Test
    void whatChangedSinceItWasShownIsShownAgain() {
        put(today.plusDays(3));
        String digest = review().json().path("digest").asString();
        scene.agent(agent, tool, members(today.plusDays(3), Map.of("purpose", "Something else")));

        Answer said = say(asMember(team), digest, today.plusDays(90));

        assertThat(said.status()).isEqualTo(409);
        assertThat(review().json().path("digest").asString()).isNotEqualTo(digest);
    }

    @Test
    void aDayThatIsNoneIsRefused() {
        put(today.plusDays(3));
        String digest = review().json().path("digest").asString();

        assertThat(say(asMember(team), digest, today).json().path("member").asString())
                .isEqualTo("review_by");
        assertThat(say(asMember(team), digest, today.plusYears(2).plusDays(1))
                        .json()
                        .path("member")
                        .asString())
                .isEqualTo("review_by");
        assertThat(say(asMember(team), "sha256:0", today.plusDays(9))
                        .json()
                        .path("member")
                        .asString())
                .isEqualTo("digest");
    }

    private void put(LocalDate reviewBy) {
        scene.agent(agent, tool, members(reviewBy, Map.of()));
    }

    private Map<String, Object> members(LocalDate reviewBy, Map<String, Object> more) {
        Map<String, Object> members = new HashMap<>(Map.of("owner", team, "review_by", reviewBy.toString()));
        members.putAll(more);
        return members;
    }

    private Answer begin() {
        return scene.exchange(Scene.request(agent, tool, "read"));
    }

    private Answer review() {
        return scene.admin().get("/admin/v1/agents/" + agent + "/review");
    }

    private Answer say(Wire by, String digest, LocalDate until) {
        return by.post(
                "/admin/v1/agents/" + agent + "/review",
                Map.of("digest", digest, "review_by", until.toString(), "comment", "looked at it"));
    }

    private Wire asMember(String group) {
        return scene.anonymous()
                .as(Surroundings.PEOPLE.token(
                        "erin",
                        claims -> claims.audience(BrokerTest.ISSUER + "/admin")
                                .claim("roles", List.of("errand.approver"))
                                .claim("groups", List.of(group))));
    }

    private List<String> kinds() {
        return scene.events("agent=" + agent).stream()
                .map(event -> event.path("kind").asString())
                .toList();
    }

    private String leaseState(JsonNode granted) {
        String lease = granted.at("/credentials/0/lease_id").asString();
        return jdbc.sql("SELECT state FROM lease WHERE id = :id::uuid")
                .param("id", lease)
                .query(String.class)
                .single();
    }
}
