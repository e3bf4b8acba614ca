package io.errand.approval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.errand.testing.BrokerTest;
import io.errand.testing.Postgres;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire.Answer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** What people approved, and what the agent declared, counts when its lease is renewed or decided again. */
@BrokerTest
class ApprovedLeasesTest {

    private final String agent = Scene.name("agent");
    private final String tool = Scene.name("orders");
    private final Scene scene;
    private final Office office;
    private final JdbcClient jdbc;

    ApprovedLeasesTest(@LocalServerPort int port, @Autowired JdbcClient jdbc) {
        this.scene = new Scene(port);
        this.office = new Office(scene, jdbc);
        this.jdbc = jdbc;
    }

    @BeforeEach
    void registered() {
        scene.postgresTool(tool, Map.of());
        scene.agent(agent, tool, Map.of());
        scene.permits(policy("finance", "T-1"));
    }

    private String policy(String group, String ticket) {
        return """
                @id("writes") @approval("%s") @max_ttl("PT1M")
                permit(principal == Errand::Agent::"%s", action, resource)
                when { context.task.context.hasTag("ticket") && context.task.context.getTag("ticket") == "%s" };
                """.formatted(group, agent, ticket);
    }

    private JsonNode granted() {
        Map<String, String> request = Office.patient(agent, tool, "write");
        request.put("task", "{\"type\":\"triage\",\"ttl\":\"PT5M\",\"context\":{\"ticket\":\"T-1\"}}");
        JsonNode waiting = office.deferred(request);
        office.approve(waiting);
        Answer granted = office.collect(agent, waiting);
        assertThat(granted.status()).as(granted.text()).isEqualTo(200);
        return granted.json();
    }

    private Answer renew(JsonNode granted) {
        return scene.anonymous()
                .as(granted.path("access_token").asString())
                .post("/v1/leases/" + lease(granted) + "/renew", Map.of());
    }

    private static String lease(JsonNode granted) {
        return granted.path("credentials").path(0).path("lease_id").asString();
    }

    private String reason(Answer refused) {
        return scene.events("decision=" + refused.json().path("decision_id").asString())
                .getFirst()
                .path("details")
                .path("reason")
                .asString();
    }

    @Test
    void itIsRenewedAsLongAsPolicyWantsNoMoreThanWasApproved() {
        JsonNode granted = granted();

        Answer renewed = renew(granted);
        scene.permits(policy("security", "T-1"));
        Answer others = renew(granted);
        scene.permits(policy("finance", "T-2"));
        Answer another = renew(granted);

        assertThat(renewed.status()).as(renewed.text()).isEqualTo(200);
        assertThat(others.status()).isIn(403, 409);
        assertThat(another.status()).isIn(403, 409);
        if (others.status() == 403) {
            assertThat(reason(others)).isEqualTo("approval_required");
        }
        scene.complete(granted);
    }

    @Test
    void itStaysWhenThePoliciesAreDecidedAgainAndGoesWhenTheyDeny() {
        JsonNode granted = granted();

        scene.permits(policy("finance", "T-1") + "permit(principal, action, resource) when { false };");
        decidedAgain();
        JsonNode stays = scene.admin()
                .get("/admin/v1/leases?task=" + granted.path("task").path("id").asString())
                .json()
                .path("items")
                .path(0);
        scene.permits(policy("finance", "T-2"));

        assertThat(stays.path("state").asString()).isEqualTo("active");
        List<JsonNode> events = await("the lease is decided again")
                .atMost(Duration.ofSeconds(20))
                .until(
                        () -> scene.events("lease=" + lease(granted) + "&kind=lease.reassessed"),
                        seen -> !seen.isEmpty());
        assertThat(events.getFirst().path("details").path("reason").asString()).isEqualTo("policy_no_permit");
    }

    @Test
    void whatTheTargetCouldNotMakeIsCollectedLater() {
        Map<String, String> request = Office.patient(agent, tool, "write");
        request.put("task", "{\"type\":\"triage\",\"ttl\":\"PT5M\",\"context\":{\"ticket\":\"T-1\"}}");
        JsonNode waiting = office.deferred(request);
        office.approve(waiting);
        Postgres.shared().execute(Surroundings.TARGET_DATABASE, "ALTER ROLE orders_writer RENAME TO away");
        Answer refused;
        try {
            refused = office.collect(agent, waiting);
        } finally {
            Postgres.shared().execute(Surroundings.TARGET_DATABASE, "ALTER ROLE away RENAME TO orders_writer");
        }

        Answer granted = office.collect(agent, waiting);

        assertThat(refused.status()).as(refused.text()).isEqualTo(400);
        assertThat(refused.json().path("error").asString()).isEqualTo("invalid_target");
        assertThat(granted.status()).as(granted.text()).isEqualTo(200);
        assertThat(office.story(waiting))
                .containsSubsequence("approval.consumed", "approval.given_back", "approval.consumed");
        scene.complete(granted.json());
    }

    private void decidedAgain() {
        await("all are decided again")
                .atMost(Duration.ofSeconds(20))
                .until(() -> jdbc.sql("SELECT count(*) FROM reassessment WHERE round = 1")
                        .query(Integer.class)
                        .single()
                        .equals(0));
    }
}
