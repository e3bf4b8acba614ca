package io.errand.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Wire.Answer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** What an agent has read it knows, in whatever tree and for whomever it acts: no other task, tree or person washes it clean. */
@BrokerTest
class LaunderingTest {

    private final String parent = Scene.name("parent");
    private final String child = Scene.name("child");
    private final String database = Scene.name("records");
    private final String mail = Scene.name("mail");
    private final Scene scene;

    LaunderingTest(@LocalServerPort int port) {
        scene = new Scene(port);
    }

    @BeforeEach
    void registered() {
        scene.jwtTool(database, Map.of("sensitivity", "restricted"));
        scene.jwtTool(mail, Map.of("destination", "external"));
        Map<String, List<String>> both = Acting.tools(database, mail);
        Acting.agent(scene, parent, both, Map.of("delegates_to", List.of(child), "max_delegation_depth", 1));
        Acting.agent(
                scene,
                child,
                both,
                Map.of("on_behalf_of", List.of(Map.of("issuer", "people", "clients", List.of("portal")))));
        restrictedStaysInside("labels");
    }

    private void restrictedStaysInside(String labels) {
        scene.permits("""
                permit(principal, action, resource);
                forbid(principal, action, resource)
                when { [Errand::Agent::"%s", Errand::Agent::"%s"].contains(principal) && resource.destination == "external" && context.session.%s.contains("data:restricted") };
                """.formatted(parent, child, labels));
    }

    private Answer sends(String agent) {
        return Acting.asks(scene, agent, Map.of(mail, List.of("write")), Map.of());
    }

    private Answer sendsFor(String person) {
        return scene.exchange(Scene.requestFor(person, child, mail, "write"));
    }

    private static void assertRefused(Answer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.json().path("error").asString()).isEqualTo("access_denied");
    }

    private static void assertGranted(Answer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    }

    private Acting task(String agent) {
        return Acting.on(scene, agent, Map.of(database, List.of("read")));
    }

    private Acting childOf(Acting task) {
        Answer handed = task.wire()
                .post(
                        "/v1/tasks/" + task.task() + "/delegations",
                        Map.of("agent", child, "authorization_details", details(database)));
        assertThat(handed.status()).as(handed.text()).isEqualTo(201);
        Map<String, String> form = Scene.request(child, database, "read");
        form.put("actor_token", form.get("subject_token"));
        form.put("actor_token_type", Scene.JWT);
        form.put("subject_token", handed.json().path("delegation_token").asString());
        Answer granted = scene.exchange(form);
        assertGranted(granted);
        return new Acting(scene, granted.json());
    }

    private static List<Map<String, Object>> details(String tool) {
        return List.of(Map.of("type", "tool_access", "identifier", tool, "actions", List.of("read")));
    }

    @Test
    void aChildThatReadUnderItsParentDoesNotSendInATaskOfItsOwn() {
        Acting reading = childOf(task(parent));
        assertGranted(sends(child));
        JsonNode held = Acting.ok(sends(child));

        JsonNode read = reading.permitted(database, "read");

        assertThat(Acting.texts(read.path("context").path("revoked")))
                .as("what it holds in a task of its own goes at once")
                .contains(held.path("credentials").path(0).path("lease_id").asString());
        assertRefused(sends(child));
    }

    /** What comes of a child's work comes to who handed it down. */
    @Test
    void aParentDoesNotSendElsewhereWhatItsChildRead() {
        Acting reading = childOf(task(parent));
        reading.permitted(database, "read");

        assertRefused(sends(parent));
    }

    /** What a parent says when it hands work down may be all that it knows. */
    @Test
    void aChildBeginsWithWhatItsParentKnows() {
        Acting task = task(parent);
        task.permitted(database, "read");
        childOf(task);

        assertRefused(sends(child));
    }

    @Test
    void whoReadForOnePersonSendsForNoOtherAndNotForItself() {
        Answer granted = scene.exchange(Scene.requestFor("carol", child, database, "read"));
        assertGranted(granted);
        assertGranted(sendsFor("dave"));
        new Acting(scene, granted.json()).permitted(database, "read");

        assertRefused(sendsFor("carol"));
        assertRefused(sendsFor("dave"));
        assertRefused(sends(child));
    }

    @Test
    void whoReadForItselfSendsForNobody() {
        task(child).permitted(database, "read");

        assertRefused(sendsFor("carol"));
    }

    /** Looser on purpose: the tree's and the person's own memory alone. */
    @Test
    void aPolicyMaySayThatAnotherPersonsDataDoesNotCount() {
        restrictedStaysInside("person_labels");
        Answer granted = scene.exchange(Scene.requestFor("carol", child, database, "read"));
        new Acting(scene, granted.json()).permitted(database, "read");

        assertRefused(sendsFor("carol"));
        assertGranted(sendsFor("dave"));
        assertGranted(sends(child));
    }

    /** A limit is a person's, and a busy agent's other people do not use it up. */
    @Test
    void limitsStayWithThePerson() {
        scene.permits("""
                permit(principal, action, resource);
                forbid(principal == Errand::Agent::"%s", action == Errand::Action::"use", resource)
                when { context.session.counters.hasTag("%s.read") && context.session.counters.getTag("%s.read") >= 1 };
                """.formatted(child, database, database));
        Acting forCarol = new Acting(
                scene,
                scene.exchange(Scene.requestFor("carol", child, database, "read"))
                        .json());
        Acting forDave = new Acting(
                scene,
                scene.exchange(Scene.requestFor("dave", child, database, "read"))
                        .json());

        forCarol.permitted(database, "read");

        forCarol.denied(database, "read");
        forDave.permitted(database, "read");
    }
}
