package io.errand.approval;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Wire;
import io.errand.testing.Wire.Answer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** Who owns an agent is one rule: a person by any of their names, or a member of the group. And groups are met by people, not by one. */
@BrokerTest
class OwnersTest {

    private final String agent = Scene.name("agent");
    private final String tool = Scene.name("erp");
    private final Scene scene;
    private final Office office;

    OwnersTest(@LocalServerPort int port, @Autowired JdbcClient jdbc) {
        this.scene = new Scene(port);
        this.office = new Office(scene, jdbc);
    }

    private JsonNode waiting(String owner, String annotations) {
        registered(owner, Map.of());
        scene.permits(annotations + " permit(principal, action, resource);");
        return office.deferred(Office.patient(agent, tool, "write"));
    }

    private void registered(String owner, Map<String, Object> more) {
        scene.jwtTool(tool, Map.of());
        Map<String, Object> members = new java.util.HashMap<>(more);
        members.put("owner", owner);
        scene.agent(agent, tool, members);
    }

    /** Olga, by everything that the administrators' issuer says of her. */
    private Wire olga(String... groups) {
        return office.person(
                "u-17",
                List.of("errand.approver"),
                List.of(groups),
                Map.of("email", "Olga@example.com", "preferred_username", "olga"));
    }

    private void assertOwnAgent(Answer refused, JsonNode waiting) {
        assertThat(refused.status()).as(refused.text()).isEqualTo(403);
        assertThat(refused.json().path("type").asString()).endsWith("own-agent");
        assertThat(office.shown(waiting).path("state").asString()).isEqualTo("pending");
        assertThat(office.story(waiting)).contains("approval.refused").doesNotContain("approval.approved");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"u-17", "olga@EXAMPLE.com", "Olga", "people:u-17", "person:people:u-17", "ap-team", "AP-Team"})
    void anOwnerWhoMayNotApproveDoesNot(String owner) {
        JsonNode waiting = waiting(owner, "@approval(\"finance\") @owner_may_not_approve");

        assertOwnAgent(office.decide(olga("finance", "ap-team"), waiting, "approve"), waiting);
        Answer another = office.decide(office.approver("bob", "finance"), waiting, "approve");

        assertThat(another.status()).as(another.text()).isEqualTo(200);
        assertThat(another.json().path("state").asString()).isEqualTo("approved");
    }

    @ParameterizedTest
    @CsvSource({"u-17", "olga@EXAMPLE.com", "olga", "person:people:u-17", "ap-team", "AP-Team"})
    void theSameOwnerIsWhoAnswersForADrift(String owner) {
        registered(owner, Map.of("on_drift", "defer", "fingerprint", Map.of("model", "model-1")));
        scene.permits("permit(principal, action, resource);");
        JsonNode waiting = office.deferred(drifted());

        Answer stranger = office.decide(office.approver("bob", "finance", "ap-team-2"), waiting, "approve");
        Answer approved = office.decide(olga("ap-team"), waiting, "approve");

        assertThat(stranger.status()).isEqualTo(403);
        assertThat(approved.json().path("state").asString()).as(approved.text()).isEqualTo("approved");
    }

    private Map<String, String> drifted() {
        Map<String, String> form = Office.patient(agent, tool, "write");
        form.put("task", "{\"type\":\"triage\",\"ttl\":\"PT5M\",\"fingerprint\":{\"model\":\"model-2\"}}");
        return form;
    }

    /** With a drift and a policy that wants finance without the owner, one person of both teams does not do. */
    @Test
    void oneOfTheOwningTeamDoesNotStandForFinanceToo() {
        registered("ap-team", Map.of("on_drift", "defer", "fingerprint", Map.of("model", "model-1")));
        scene.permits("@approval(\"finance\") @owner_may_not_approve permit(principal, action, resource);");
        JsonNode waiting = office.deferred(drifted());

        Answer owner = office.decide(office.approver("alice", "ap-team", "finance"), waiting, "approve");
        Answer colleague = office.decide(office.approver("carl", "ap-team", "finance"), waiting, "approve");
        Answer finance = office.decide(office.approver("bob", "finance"), waiting, "approve");

        assertThat(owner.json().path("state").asString()).as(owner.text()).isEqualTo("pending");
        assertThat(owner.json().path("verdicts").path(0).path("groups").toString())
                .isEqualTo("[\"owner:ap-team\"]");
        assertThat(colleague.json().path("state").asString())
                .as(colleague.text())
                .isEqualTo("pending");
        assertThat(finance.json().path("state").asString()).as(finance.text()).isEqualTo("approved");
    }

    @Test
    void twoGroupsThatMustAgreeAreTwoPeople() {
        registered("team@example.com", Map.of());
        scene.permits("@approval(\"finance\") permit(principal, action, resource);"
                + "@approval(\"legal\") @approvers(\"2\") permit(principal, action, resource);");
        JsonNode waiting = office.deferred(Office.patient(agent, tool, "write"));

        Answer both = office.decide(office.approver("alice", "finance", "legal"), waiting, "approve");
        Answer second = office.decide(office.approver("bob", "finance", "legal"), waiting, "approve");
        Answer third = office.decide(office.approver("carl", "legal"), waiting, "approve");

        assertThat(both.json().path("state").asString()).as(both.text()).isEqualTo("pending");
        assertThat(second.json().path("state").asString()).as(second.text()).isEqualTo("pending");
        assertThat(third.json().path("state").asString()).as(third.text()).isEqualTo("approved");
    }
}
