package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.errand.api.LeaseView;
import io.errand.broker.lease.Leases;
import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** P3, P5: what is live is what would be granted now; after a change, leases that would not be are revoked. */
@BrokerTest
class DecidedAgainTest {

    private final String agent = Scene.name("agent");
    private final String tool = Scene.name("api");
    private final String set = Scene.name("again");
    private final Scene scene;

    @Autowired
    private JdbcClient jdbc;

    @Autowired
    private Leases leases;

    DecidedAgainTest(@LocalServerPort int port) {
        scene = new Scene(port);
    }

    @BeforeEach
    void registered() {
        scene.jwtTool(tool, Map.of());
        scene.agent(agent, tool, Map.of());
    }

    @Test
    void aForbidThatComesIntoForceRevokesWhatItForbidsAndNothingElse() {
        scene.permits();
        JsonNode reading = granted("read");
        JsonNode writing = granted("write");

        scene.policy(set, forbid("context.actions.contains(\"write\")"));

        JsonNode event = reassessed(writing);
        assertThat(event.path("who").asString()).isEqualTo("person:people:root");
        assertThat(event.path("details").path("cause").asString()).isNotEmpty();
        assertThat(event.path("details").path("reason").asString()).isEqualTo("policy_forbidden");
        JsonNode step = event.path("details").path("steps").path(0);
        assertThat(step.path("policies").path(0).asString()).isEqualTo(set + "@1/no");
        assertThat(lease(writing).path("reason").asString()).isEqualTo("policy");
        assertThat(lease(reading).path("state").asString()).isEqualTo("active");
    }

    /** Otherwise it would never end where leases are granted as quickly as they are decided again. */
    @Test
    void whatWasGrantedAfterItBeganIsNotDecidedAgain() {
        scene.permits();
        JsonNode before = granted("read");
        OffsetDateTime begun =
                jdbc.sql("SELECT now()").query(OffsetDateTime.class).single();
        JsonNode after = granted("read");

        assertThat(leases.live(new Leases.Live(agent, tool, null, null, begun, null), 10))
                .extracting(LeaseView::id)
                .contains(Family.lease(before))
                .doesNotContain(Family.lease(after));
    }

    @Test
    void deletingTheSetThatPermittedRevokes() {
        scene.policy(set, permit("true"));
        JsonNode granted = granted("read");

        scene.admin().delete("/admin/v1/policies/" + set);

        assertThat(reassessed(granted).path("details").path("reason").asString())
                .isEqualTo("policy_no_permit");
    }

    @Test
    void whatTheAgentDeclaredIsRemembered() {
        String declared = "context.task.context.hasTag(\"ticket\")";
        scene.policy(set, permit(declared));
        JsonNode granted = grantedFor("T-1");
        JsonNode other = grantedFor("T-2");
        // Nothing that is decided is read from the audit log: retention may have emptied it.
        jdbc.sql("DELETE FROM audit_event WHERE kind = 'exchange.granted' AND agent = :agent")
                .param("agent", agent)
                .update();

        scene.policy(set, permit(declared + " && context.task.context.getTag(\"ticket\") == \"T-1\""));

        assertThat(reassessed(other).path("details").path("reason").asString()).isEqualTo("policy_no_permit");
        // Leases are decided in the order of their ids, so the earlier one has been decided too.
        assertThat(lease(granted).path("state").asString()).isEqualTo("active");
        scene.policy(set, permit(declared + " && context.task.context.getTag(\"ticket\") == \"T-2\""));
        assertThat(reassessed(granted).path("details").path("reason").asString())
                .isEqualTo("policy_no_permit");
    }

    @Test
    void anAgentThatIsNarrowedLosesWhatItMayNotHaveAnyMore() {
        scene.permits();
        JsonNode reading = granted("read");
        JsonNode writing = granted("write");

        scene.agent(agent, tool, Map.of("tools", List.of(Map.of("tool", tool, "actions", List.of("read")))));

        assertThat(reassessed(writing).path("details").path("reason").asString())
                .isEqualTo("outside_ceiling");
        assertThat(lease(reading).path("state").asString()).isEqualTo("active");
    }

    @Test
    void anAgentThatIsNarrowedLosesWhatItHandedOnToo() {
        Family family = Family.at(scene);
        family.register();
        JsonNode task = family.task();
        JsonNode reading = Family.granted(
                scene.exchange(family.takes(family.child(), family.handed(task, family.child(), "read"), "read")));
        JsonNode writing = Family.granted(
                scene.exchange(family.takes(family.child(), family.handed(task, family.child(), "write"), "write")));

        scene.agent(
                family.parent(),
                family.tool(),
                Map.of(
                        "delegates_to",
                        List.of(family.child()),
                        "max_delegation_depth",
                        2,
                        "tools",
                        List.of(Map.of("tool", family.tool(), "actions", List.of("read")))));

        assertThat(reassessed(writing).path("details").path("reason").asString())
                .isEqualTo("outside_ceiling");
        assertThat(lease(reading).path("state").asString()).isEqualTo("active");
        scene.complete(task);
    }

    @Test
    void aToolThatIsRaisedInSensitivityIsDecidedAgain() {
        scene.permits();
        scene.policy(set, forbid("resource.sensitivity == \"restricted\""));
        JsonNode granted = granted("read");

        scene.jwtTool(tool, Map.of("sensitivity", "restricted"));

        assertThat(reassessed(granted).path("details").path("reason").asString())
                .isEqualTo("policy_forbidden");
    }

    private JsonNode granted(String... actions) {
        return granted(Scene.request(agent, tool, actions));
    }

    /** For a task whose agent declares that ticket. */
    private JsonNode grantedFor(String ticket) {
        Map<String, String> request = Scene.request(agent, tool, "read");
        request.put("task", "{\"type\":\"triage\",\"ttl\":\"PT5M\",\"context\":{\"ticket\":\"" + ticket + "\"}}");
        return granted(request);
    }

    private JsonNode granted(Map<String, String> request) {
        JsonNode granted = scene.exchange(request).json();
        assertThat(granted.path("credentials").size()).as(granted.toString()).isEqualTo(1);
        return granted;
    }

    private String forbid(String condition) {
        return "@id(\"no\") forbid(principal == Errand::Agent::\"" + agent + "\", action, resource) when { " + condition
                + " };";
    }

    private String permit(String condition) {
        return "@id(\"yes\") permit(principal == Errand::Agent::\"" + agent + "\", action, resource) when { "
                + condition + " };";
    }

    private JsonNode lease(JsonNode granted) {
        return scene.admin()
                .get("/admin/v1/leases?task=" + granted.path("task").path("id").asString())
                .json()
                .path("items")
                .path(0);
    }

    private JsonNode reassessed(JsonNode granted) {
        String lease = granted.path("credentials").path(0).path("lease_id").asString();
        return await("the lease is decided again")
                .atMost(Duration.ofSeconds(20))
                .until(() -> scene.events("lease=" + lease + "&kind=lease.reassessed"), events -> !events.isEmpty())
                .getFirst();
    }
}
