package io.errand.approval;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire;
import io.errand.testing.Wire.Answer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** Who may say yes: the role, the group, as many as policy wants, and never whoever it is for. */
@BrokerTest
class ApproversTest {

    private final String agent = Scene.name("agent");
    private final String tool = Scene.name("erp");
    private final Scene scene;
    private final Office office;

    ApproversTest(@LocalServerPort int port, @Autowired JdbcClient jdbc) {
        this.scene = new Scene(port);
        this.office = new Office(scene, jdbc);
    }

    @BeforeEach
    void registered() {
        scene.jwtTool(tool, Map.of());
        scene.agent(agent, tool, Map.of("owner", "Olga@example.com"));
        policy("@approval(\"finance\")");
    }

    private void policy(String annotations) {
        scene.permits(annotations + " permit(principal, action, resource);");
    }

    private JsonNode waiting() {
        return office.deferred(Office.patient(agent, tool, "write"));
    }

    @ParameterizedTest
    @CsvSource({
        "errand.operator, finance, forbidden",
        "errand.admin, finance, forbidden",
        "errand.approver, legal, group-missing",
        "errand.approver, finance2, group-missing",
        "errand.approver, Finance, group-missing"
    })
    void withoutTheRoleAndTheGroupNobodyDecides(String role, String group, String problem) {
        JsonNode waiting = waiting();

        Answer refused = office.decide(office.person("alice", List.of(role), List.of(group)), waiting, "approve");

        assertThat(refused.status()).as(refused.text()).isEqualTo(403);
        assertThat(refused.json().path("type").asString()).endsWith(problem);
        assertThat(office.shown(waiting).path("state").asString()).isEqualTo("pending");
    }

    @Test
    void groupsThatAreNoListOfTextAreNone() {
        JsonNode waiting = waiting();
        Wire odd = scene.anonymous()
                .as(Surroundings.PEOPLE.token(
                        "alice",
                        claims -> claims.audience(BrokerTest.ISSUER + "/admin")
                                .claim("roles", List.of("errand.approver"))
                                .claim("groups", "finance")));

        assertThat(office.decide(odd, waiting, "approve").status()).isEqualTo(403);
    }

    @Test
    void asManyPeopleAsPolicyWantsAndEachOnce() {
        policy("@approval(\"finance\") @approvers(\"2\")");
        JsonNode waiting = waiting();

        Answer first = office.decide(office.approver("alice", "finance"), waiting, "approve");
        Answer twice = office.decide(office.approver("alice", "finance"), waiting, "approve");
        Answer pending = office.poll(agent, waiting);
        Answer second = office.decide(office.approver("bob", "finance"), waiting, "approve");
        Answer granted = office.collect(agent, waiting);

        assertThat(first.json().path("state").asString()).isEqualTo("pending");
        assertThat(twice.status()).as(twice.text()).isEqualTo(409);
        assertThat(pending.json().path("error").asString()).isEqualTo("authorization_pending");
        assertThat(second.json().path("state").asString()).isEqualTo("approved");
        assertThat(second.json().path("verdicts").size()).isEqualTo(2);
        assertThat(granted.status()).as(granted.text()).isEqualTo(200);
    }

    @Test
    void eachGroupThatIsAskedForMustAgree() {
        scene.permits("@approval(\"finance\") permit(principal, action, resource);"
                + "@approval(\"legal\") permit(principal, action, resource);");
        JsonNode waiting = waiting();

        Answer first = office.decide(office.approver("alice", "finance"), waiting, "approve");
        Answer second = office.decide(office.approver("bob", "legal", "finance"), waiting, "approve");

        assertThat(first.json().path("state").asString()).isEqualTo("pending");
        assertThat(second.json().path("state").asString()).isEqualTo("approved");
    }

    @Test
    void theOwnerDecidesUnlessPolicySaysNot() {
        Wire owner = office.person(
                "u-17", List.of("errand.approver"), List.of("finance"), Map.of("email", "olga@EXAMPLE.com"));
        JsonNode allowed = waiting();
        Answer approved = office.decide(owner, allowed, "approve");
        policy("@approval(\"finance\") @owner_may_not_approve");
        JsonNode waiting = waiting();

        Answer refused = office.decide(owner, waiting, "approve");

        assertThat(approved.status()).as(approved.text()).isEqualTo(200);
        assertThat(refused.status()).as(refused.text()).isEqualTo(403);
        assertThat(refused.json().path("type").asString()).endsWith("own-agent");
        assertThat(office.shown(waiting).path("state").asString()).isEqualTo("pending");
        assertThat(office.story(waiting)).contains("approval.refused");
    }

    @Test
    void whatIsSentMustBeWhole() {
        String path = "/admin/v1/approvals/" + Office.id(waiting());
        Wire alice = office.approver("alice", "finance");
        String digest = "sha256:" + "0".repeat(64);

        assertThat(alice.post(path, Map.of("decision", "approve")).status()).isEqualTo(400);
        assertThat(alice.post(path, Map.of("decision", "maybe", "digest", digest))
                        .status())
                .isEqualTo(400);
        assertThat(alice.post(path, Map.of("decision", "approve", "digest", "sha256:xyz"))
                        .status())
                .isEqualTo(400);
        assertThat(alice.post(path, Map.of("decision", "approve", "digest", digest, "comment", "a\u0007"))
                        .status())
                .isEqualTo(400);
        assertThat(alice.post(path, Map.of("decision", "approve", "digest", digest, "more", 1))
                        .status())
                .isEqualTo(400);
        assertThat(alice.post(path, Map.of("decision", "approve", "digest", digest))
                        .status())
                .isEqualTo(409);
        assertThat(alice.post("/admin/v1/approvals/nothing", Map.of("decision", "deny", "digest", digest))
                        .status())
                .isEqualTo(404);
        assertThat(alice.get("/admin/v1/approvals?state=open").status()).isEqualTo(400);
        assertThat(alice.get("/admin/v1/approvals?cursor=forged").status()).isEqualTo(400);
        assertThat(alice.get("/admin/v1/approvals?limit=0").status()).isEqualTo(400);
        assertThat(scene.anonymous().get("/admin/v1/approvals").status()).isEqualTo(401);
    }

    @Test
    void listsArePagedNewestFirst() {
        JsonNode older = waiting();
        JsonNode newer = waiting();
        Wire alice = office.approver("alice", "finance");

        JsonNode first = alice.get("/admin/v1/approvals?state=pending&limit=1").json();
        JsonNode second = alice.get("/admin/v1/approvals?state=pending&limit=1&cursor="
                        + first.path("next").asString())
                .json();

        assertThat(first.path("items").path(0).path("id").asString()).isEqualTo(Office.id(newer));
        assertThat(second.path("items").path(0).path("id").asString()).isEqualTo(Office.id(older));
        assertThat(first.path("items").path(0).path("request").isMissingNode()).isTrue();
    }
}
