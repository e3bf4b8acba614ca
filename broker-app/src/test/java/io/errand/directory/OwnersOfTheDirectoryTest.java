package io.errand.directory;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** Whoever the directory takes away answers for no agent any more; and it takes away few at a time. */
@WithDirectory
class OwnersOfTheDirectoryTest {

    private static final Map<String, Object> DEACTIVATED = Map.of("op", "Replace", "path", "active", "value", "False");

    private final Scene scene;
    private final Pusher directory;
    private final JdbcClient jdbc;
    private final String owner = Scene.name("Olga") + "@example.com";
    private final String tool = Scene.name("tool");
    private final String agent = Scene.name("agent");

    @Autowired
    OwnersOfTheDirectoryTest(@LocalServerPort int port, JdbcClient jdbc) {
        this.scene = new Scene(port);
        this.directory = Pusher.of(scene);
        this.jdbc = jdbc;
    }

    /** Whom other tests have taken away was taken away long ago. */
    @BeforeEach
    void anHourLater() {
        jdbc.sql("UPDATE departed_owner SET at = at - interval '2 hours'").update();
    }

    private void owned(String by) {
        scene.jwtTool(tool, Map.of());
        scene.permits();
        scene.agent(agent, tool, Map.of("owner", by));
    }

    private Answer begin() {
        return scene.exchange(Scene.request(agent, tool, "read"));
    }

    private void isOwnerless() {
        Answer answer = begin();
        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.json().path("error_description").asString()).contains("nobody answers for it");
    }

    private void begins() {
        Answer answer = begin();
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    }

    private Answer draft(String name, String by) {
        return scene.admin()
                .put(
                        "/admin/v1/agents/" + name,
                        Map.of("owner", by, "purpose", "p", "task_types", List.of("triage"), "state", "draft"));
    }

    private static void done(Answer answer) {
        assertThat(answer.status()).as(answer.text()).isIn(200, 201, 204);
    }

    @Test
    void whoIsDeactivatedIsGoneAndComesBackByAPersonsWordAlone() {
        String user = directory.user(owner);
        owned(owner.toUpperCase(Locale.ROOT));
        begins();

        done(directory.patch("/Users/" + user, DEACTIVATED));

        isOwnerless();
        assertThat(scene.events("agent=" + agent))
                .filteredOn(event -> event.path("kind").asString().equals("agent.ownerless"))
                .singleElement()
                .satisfies(event -> assertThat(event.path("who").asString()).startsWith("directory:"));
        done(directory.patch("/Users/" + user, Map.of("op", "replace", "path", "active", "value", true)));
        isOwnerless();
        done(scene.admin().post("/admin/v1/owners/returned", Map.of("owner", owner, "reason", "is back")));
        begins();
    }

    @Test
    void aGroupIsAnOwnerAndGoneWithIt() {
        String team = Scene.name("Team");
        String group = directory.pushed("/Groups", Pusher.group(team));
        owned(team.toLowerCase(Locale.ROOT));
        begins();

        done(directory.delete("/Groups/" + group));

        isOwnerless();
    }

    @Test
    void anAddressIsAnOwnerUntilTheUserHasAnother() {
        String name = Scene.name("user");
        Map<String, Object> mail = Map.of("emails", List.of(Map.of("value", owner, "primary", true)));
        String user = directory.pushed("/Users", Pusher.user(name, mail));
        owned(owner);
        begins();

        done(directory.put("/Users/" + user, Pusher.user(name, Map.of())));

        isOwnerless();
        done(scene.admin().post("/admin/v1/agents/" + agent + "/transfer", Map.of("owner", name, "reason", "mended")));
        begins();
    }

    /** Two entries may have one name: it is gone with the last of them. */
    @Test
    void aNameThatSomebodyElseHasIsNotGone() {
        String user = directory.user(owner);
        String group = directory.pushed("/Groups", Pusher.group(owner));
        owned(owner);

        done(directory.delete("/Users/" + user));
        begins();
        done(directory.delete("/Groups/" + group));

        isOwnerless();
    }

    @Test
    void whoIsNotThereOwnsNothing() {
        directory.user(Scene.name("somebody"));

        Answer unknown = draft(agent, owner);
        String user = directory.user(owner);
        Answer known = draft(agent, owner);
        done(directory.patch("/Users/" + user, DEACTIVATED));
        Answer gone = draft(Scene.name("another"), owner);

        assertThat(unknown.status()).as(unknown.text()).isEqualTo(409);
        assertThat(unknown.json().path("member").asString()).isEqualTo("owner");
        assertThat(unknown.json().path("detail").asString()).contains("errand.directory.required");
        assertThat(known.status()).as(known.text()).isEqualTo(201);
        assertThat(gone.status()).as(gone.text()).isEqualTo(409);
    }

    @Test
    void whatWouldTakeAwayManyWaitsForAnAdministrator() {
        List<Pushed> users = new ArrayList<>();
        for (int n = 0; n < 12; n++) {
            String name = Scene.name("many") + "@example.com";
            users.add(new Pushed(name, directory.user(name)));
            done(draft(Scene.name("draft"), name));
        }
        int next = 0;
        Answer waiting = deactivated(users.get(next));
        while (waiting.status() == 200 && next < 10) {
            next++;
            waiting = deactivated(users.get(next));
        }
        Pushed held = users.get(next);

        assertThat(waiting.status()).as(waiting.text()).isEqualTo(409);
        assertThat(waiting.json().path("detail").asString()).contains("Nothing was changed", "errand directory");
        assertThat(active(held)).isTrue();
        assertThat(changes(held)).hasSize(1);
        deactivated(held);
        assertThat(changes(held)).as("asked for again").hasSize(1);
        String change = changes(held).getFirst().path("id").asString();
        for (String role : List.of("errand.operator", "errand.approver", "errand.auditor")) {
            assertThat(decide(scene, change, "approve", role).status()).isEqualTo(403);
        }

        Answer approved = decide(scene, change, "approve", "errand.admin");

        assertThat(approved.status()).as(approved.text()).isEqualTo(200);
        assertThat(approved.json().path("state").asString()).isEqualTo("approved");
        assertThat(active(held)).isFalse();
        assertThat(changes(held)).isEmpty();
        assertThat(decide(scene, change, "approve", "errand.admin").status()).isEqualTo(404);

        Pushed other = users.get(next + 1);
        assertThat(directory.delete("/Users/" + other.id()).status()).isEqualTo(409);
        String second = changes(other).getFirst().path("id").asString();
        assertThat(decide(scene, second, "reject", "errand.admin").status()).isEqualTo(200);
        assertThat(active(other)).isTrue();
        assertThat(scene.events("kind=directory.change_rejected"))
                .anySatisfy(event ->
                        assertThat(event.at("/details/change").asString()).isEqualTo(second));
    }

    private static Answer decide(Scene scene, String change, String what, String role) {
        return scene.as(role).post("/admin/v1/directory/changes/" + change + "/" + what, Map.of("reason", "looked at"));
    }

    private record Pushed(String name, String id) {}

    private Answer deactivated(Pushed user) {
        return directory.patch("/Users/" + user.id(), DEACTIVATED);
    }

    private boolean active(Pushed user) {
        return directory.get("/Users/" + user.id()).json().path("active").asBoolean();
    }

    private List<JsonNode> changes(Pushed user) {
        return scene
                .admin()
                .get("/admin/v1/directory/changes?state=pending&limit=500")
                .json()
                .path("items")
                .values()
                .stream()
                .filter(change -> change.path("name").asString().equals(user.name()))
                .toList();
    }

    /** By the token alone, whatever the directory says. */
    @Test
    void nobodyIsAnApproverByIt() {
        String alice = directory.user(Scene.name("alice"));
        directory.pushed("/Groups", Pusher.group("finance", alice));
        directory.user(owner);
        scene.jwtTool(tool, Map.of());
        scene.permits("@approval(\"finance\") permit(principal, action, resource);");
        scene.agent(agent, tool, Map.of("owner", owner));
        Map<String, String> form = Scene.request(agent, tool, "read");
        form.put("completion_mode", "deferred");
        JsonNode waiting = scene.exchange(form).json();

        Answer refused = scene.anonymous()
                .as(Surroundings.PEOPLE.token(
                        "alice",
                        claims -> claims.audience(BrokerTest.ISSUER + "/admin")
                                .claim("roles", List.of("errand.approver"))))
                .post(
                        "/admin/v1/approvals/" + waiting.at("/approval/id").asString(),
                        Map.of(
                                "decision",
                                "approve",
                                "digest",
                                waiting.at("/approval/digest").asString()));

        assertThat(refused.status()).as(waiting + refused.text()).isEqualTo(403);
        assertThat(refused.json().path("type").asString()).endsWith("group-missing");
    }
}
