package io.errand.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.errand.testing.AuthorizationCodes.Asked;
import io.errand.testing.BesideOthers;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Visitor;
import io.errand.testing.Wire.Answer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What people and policies say holds at every broker of a deployment, at once, and when one of them dies. */
@BesideOthers
class PeopleAcrossReplicasTest {

    private static Deployment deployment;
    private static BrokerProcess one;
    private static BrokerProcess other;
    private static Scene scene;

    @BeforeAll
    static void start() {
        deployment = new Deployment();
        one = deployment.start();
        scene = Deployment.furnish(one);
        other = deployment.start();
    }

    @AfterAll
    static void stop() {
        if (one != null) {
            one.close();
        }
        if (other != null) {
            other.close();
        }
    }

    private static JsonNode asked() {
        scene.policy("all", "@approval(\"finance\") permit(principal, action, resource);");
        Map<String, String> form = Scene.request(Deployment.AGENT, Deployment.JWT_TOOL, "read");
        form.put("completion_mode", "deferred");
        JsonNode waiting = scene.exchange(form).json();
        assertThat(waiting.path("error").asString()).as(waiting.toString()).isEqualTo("authorization_pending");
        return waiting;
    }

    private static Answer collect(Scene at, JsonNode waiting) {
        return at.exchange(Map.of(
                "grant_type",
                "urn:ietf:params:oauth:grant-type:deferred",
                "deferral_code",
                waiting.path("deferral_code").asString(),
                "actor_token",
                Surroundings.WORKLOADS.token(Deployment.AGENT),
                "actor_token_type",
                Scene.JWT));
    }

    @Test
    void anApprovalOutlivesTheBrokerThatWasAskedAndIsGrantedOnceByAll() throws Exception {
        JsonNode waiting = asked();
        one.kill();
        scene.through(other.port()).approve(waiting);
        one = deployment.start();
        scene = scene.through(one.port());
        // So that no poll is too soon: the race is to the grant itself.
        deployment.execute("CREATE OR REPLACE FUNCTION no_interval() RETURNS trigger LANGUAGE plpgsql AS"
                + " 'BEGIN NEW.polled_at := NULL; RETURN NEW; END'");
        deployment.execute("CREATE OR REPLACE TRIGGER no_interval BEFORE UPDATE ON approval"
                + " FOR EACH ROW EXECUTE FUNCTION no_interval()");
        List<Scene> brokers = List.of(scene, scene.through(other.port()));
        List<Callable<Integer>> polls = IntStream.range(0, 12)
                .<Callable<Integer>>mapToObj(
                        i -> () -> collect(brokers.get(i % 2), waiting).status())
                .toList();

        List<Integer> answers;
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            answers = threads.invokeAll(polls).stream()
                    .map(done -> done.resultNow())
                    .toList();
        }

        assertThat(answers).filteredOn(status -> status == 200).hasSize(1);
        assertThat(answers).containsOnly(200, 400);
        assertThat(deployment.count("SELECT count(*) FROM audit_event WHERE kind = 'approval.consumed'"))
                .isEqualTo(1);
    }

    @Test
    void aPolicyThatOneBrokerActivatesTheOtherDecidesBy() {
        scene.policy("all", "permit(principal, action, resource);");
        Scene elsewhere = scene.through(other.port());
        Map<String, String> form = Scene.request(Deployment.AGENT, Deployment.JWT_TOOL, "read");
        assertThat(elsewhere.exchange(form).status()).isEqualTo(200);

        scene.policy("all", "forbid(principal, action, resource);");

        // At once: each decision asks what is in force.
        assertThat(elsewhere.exchange(form).json().path("error").asString()).isEqualTo("access_denied");
        scene.policy("all", "permit(principal, action, resource);");
        assertThat(elsewhere.exchange(form).status()).isEqualTo(200);
    }

    @Test
    void whatOneBrokerActivatesIsParsedAtBothBeforeAnybodyAsks() {
        scene.policy("all", "permit(principal, action, resource);");
        await("one policy at both").atMost(Duration.ofSeconds(5)).until(() -> ready(one) == 1 && ready(other) == 1);

        scene.policy(
                "all",
                "@id(\"a\") permit(principal, action, resource); @id(\"b\") permit(principal, action, resource);");

        await("two at both").atMost(Duration.ofSeconds(1)).until(() -> ready(one) == 2 && ready(other) == 2);
        scene.policy("all", "permit(principal, action, resource);");
    }

    private static int ready(BrokerProcess broker) {
        return broker.wire()
                .get("/actuator/prometheus")
                .text()
                .lines()
                .filter(line -> line.startsWith("errand_policies "))
                .map(line -> (int) Double.parseDouble(line.substring("errand_policies ".length())))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void anOverdueReviewIsAlertedOnceByWhicheverBrokerLooks() {
        Answer broken = scene.admin()
                .post(
                        "/admin/v1/breakglass",
                        Map.of(
                                "agent", Deployment.AGENT,
                                "tools", List.of(Deployment.JWT_TOOL),
                                "reason", "test",
                                "ticket", "T-1",
                                "ttl", "PT1S"));
        assertThat(broken.status()).as(broken.text()).isEqualTo(201);
        deployment.execute("UPDATE break_glass SET review_by = now()");
        String now = "UPDATE scheduled_tasks SET execution_time = now() WHERE task_name = 'errand-breakglass-reviews'";
        String alerts = "SELECT count(*) FROM audit_event WHERE kind = 'breakglass.review_overdue'";
        deployment.execute(now);
        await("the alert").atMost(Duration.ofSeconds(30)).until(() -> deployment.count(alerts) > 0);

        deployment.execute(now);
        await("the next look")
                .atMost(Duration.ofSeconds(30))
                .until(() -> deployment.count("SELECT count(*) FROM scheduled_tasks WHERE execution_time > now()"
                                + " AND task_name = 'errand-breakglass-reviews'")
                        == 1);

        assertThat(deployment.count(alerts)).isEqualTo(1);
    }

    @Test
    void whatADeadBrokerHadBegunToDecideAgainAnotherFinishes() {
        scene.policy("all", "permit(principal, action, resource);");
        JsonNode granted = Client.granted(scene.through(other.port()), Deployment.JWT_TOOL, "read");
        String lease = granted.path("credentials").path(0).path("lease_id").asString();
        // As a broker leaves it that dies after it has claimed the work, and before it has looked at a lease.
        deployment.execute("CREATE OR REPLACE FUNCTION claimed() RETURNS trigger LANGUAGE plpgsql AS"
                + " 'BEGIN NEW.due_at := now() + interval ''3 seconds''; RETURN NEW; END'");
        deployment.execute(
                "CREATE OR REPLACE TRIGGER claimed BEFORE INSERT ON reassessment FOR EACH ROW EXECUTE FUNCTION claimed()");
        scene.policy("all", "forbid(principal, action, resource);");
        one.kill();

        await("the lease to be revoked by the broker that is left")
                .atMost(Duration.ofSeconds(30))
                .until(() -> deployment.count("SELECT count(*) FROM audit_event WHERE kind = 'lease.reassessed'"
                                + " AND lease_id = '" + lease + "'")
                        == 1);
        deployment.execute("DROP TRIGGER claimed ON reassessment");
        one = deployment.start();
        scene = scene.through(one.port());
    }

    @Test
    void whoIsSignedInAtOneIsSignedInAtAll() {
        JsonNode waiting = asked();
        String id = waiting.path("approval").path("id").asString();
        Visitor visitor = new Visitor(one.port());
        Asked begun = visitor.begin("/console/approvals/" + id);

        Answer in = visitor.goTo(other.port())
                .comeBack(
                        begun,
                        Surroundings.PEOPLE,
                        claims -> claims,
                        "alice",
                        Map.of("roles", List.of("errand.approver"), "groups", List.of("finance")));
        assertThat(in.status()).as(in.text()).isEqualTo(303);
        assertThat(visitor.goTo(one.port()).get(in.header("Location")).status()).isEqualTo(200);
        Answer approved = visitor.goTo(other.port())
                .post(
                        in.header("Location"),
                        Map.of(
                                "decision",
                                "approve",
                                "digest",
                                waiting.path("approval").path("digest").asString()));
        assertThat(approved.status()).as(approved.text()).isEqualTo(303);
        visitor.post("/console/sign-out", Map.of());

        assertThat(visitor.goTo(one.port()).get("/console/approvals").status()).isEqualTo(303);
        assertThat(scene.admin()
                        .get("/admin/v1/approvals/" + id)
                        .json()
                        .path("state")
                        .asString())
                .isEqualTo("approved");
    }
}
