package io.errand.directory;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire;
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

/** Owners who are in the directory, and what follows when they are no more. */
@WithDirectory
class DirectoryOwnersTest {

    private static final Map<String, Object> OFF = Map.of("op", "replace", "path", "active", "value", "False");

    private final Scene scene;
    private final JdbcClient jdbc;
    private final Pusher directory;
    private final String tool = Scene.name("tool");
    private final String owner = Scene.name("Olga") + "@example.com";
    private final String agent = Scene.name("orphan");

    DirectoryOwnersTest(@LocalServerPort int port, @Autowired JdbcClient jdbc) {
        this.scene = new Scene(port);
        this.jdbc = jdbc;
        this.directory = Pusher.of(scene);
    }

    /** What other tests left counts for none. */
    @BeforeEach
    void aNewHour() {
        jdbc.sql("UPDATE departed_owner SET at = at - interval '2 hours'").update();
        scene.jwtTool(tool, Map.of());
        scene.policy(Scene.name("own"), "permit(principal, action, resource == Errand::Tool::\"" + tool + "\");");
    }

    private String owned() {
        String id = directory.user(owner);
        scene.agent(agent, tool, Map.of("owner", owner.toUpperCase(Locale.ROOT)));
        return id;
    }

    private Answer begin() {
        return scene.exchange(Scene.request(agent, tool, "read"));
    }

    private JsonNode departed() {
        return scene.admin().get("/admin/v1/owners/departed?limit=500").json().path("items").valueStream()
                .filter(one -> one.path("owner").asString().equalsIgnoreCase(owner))
                .findFirst()
                .orElse(io.errand.api.Json.mapper().nullNode());
    }

    @Test
    void whoIsDeactivatedIsGoneAndComesBackByAPersonsWordAlone() {
        String id = owned();
        assertThat(begin().status()).isEqualTo(200);

        Answer off = directory.patch("/Users/" + id, OFF);

        assertThat(off.status()).as(off.text()).isEqualTo(200);
        assertThat(begin().json().path("error_description").asString()).contains("nobody answers for it");
        assertThat(departed().path("who").asString()).startsWith("directory:");
        assertThat(departed().path("agents").path(0).asString()).isEqualTo(agent);
        assertThat(scene.events("kind=agent.ownerless&agent=" + agent)).hasSize(1);

        directory.patch("/Users/" + id, Map.of("op", "replace", "value", Map.of("active", true)));

        assertThat(begin().status()).isEqualTo(400);
        scene.admin().post("/admin/v1/owners/returned", Map.of("owner", owner, "reason", "is back"));
        assertThat(begin().status()).isEqualTo(200);
    }

    @Test
    void whoIsBackByAPersonsWordIsNotGoneAgainByAnotherEdit() {
        String id = owned();
        directory.patch("/Users/" + id, OFF);
        scene.admin().post("/admin/v1/owners/returned", Map.of("owner", owner, "reason", "on leave"));

        directory.patch("/Users/" + id, Map.of("op", "replace", "path", "displayName", "value", "O."));
        directory.patch("/Users/" + id, OFF);

        assertThat(begin().status()).isEqualTo(200);
    }

    @Test
    void whoIsDeletedOrRenamedIsGoneAndATransferMendsIt() {
        String id = owned();
        String other = Scene.name("other");
        directory.user(other);

        Answer renamed = directory.patch("/Users/" + id, Map.of("op", "replace", "path", "userName", "value", other + "2"));

        assertThat(renamed.status()).as(renamed.text()).isEqualTo(200);
        assertThat(begin().status()).isEqualTo(400);
        Answer transferred = scene.admin()
                .post("/admin/v1/agents/" + agent + "/transfer", Map.of("owner", other, "reason", "taken over"));
        assertThat(transferred.status()).as(transferred.text()).isEqualTo(200);
        assertThat(begin().status()).isEqualTo(200);
    }

    @Test
    void aNameThatAnotherHasIsNotGone() {
        String first = directory.pushed("/Users", Pusher.user(Scene.name("a"), Map.of("emails", mail(owner))));
        String second = directory.pushed("/Groups", Pusher.group(owner));
        scene.agent(agent, tool, Map.of("owner", owner));

        assertThat(directory.delete("/Users/" + first).status()).isEqualTo(204);
        assertThat(begin().status()).isEqualTo(200);
        assertThat(directory.delete("/Groups/" + second).status()).isEqualTo(204);
        assertThat(begin().status()).isEqualTo(400);
    }

    private static List<Map<String, Object>> mail(String address) {
        return List.of(Map.of("value", address, "primary", true));
    }

    @Test
    void anOwnerMustBeThereOnceThereIsADirectory() {
        Map<String, Object> resource =
                Map.of("owner", owner, "purpose", "p", "task_types", List.of("triage"), "state", "draft");
        jdbc.sql("DELETE FROM directory_entry").update();
        assertThat(put(resource).status()).isEqualTo(201);
        String id = directory.user(Scene.name("first"));

        Answer unknown = put(resource);
        String pushed = directory.user(owner);
        Answer known = put(resource);
        directory.patch("/Users/" + pushed, OFF);
        Answer deactivated = put(resource);

        assertThat(unknown.status()).isEqualTo(409);
        assertThat(unknown.json().path("member").asString()).isEqualTo("owner");
        assertThat(unknown.json().path("detail").asString()).contains("errand.directory.required");
        assertThat(known.status()).as(known.text()).isEqualTo(201);
        assertThat(deactivated.status()).isEqualTo(409);
        assertThat(id).isNotBlank();
    }

    private Answer put(Map<String, Object> resource) {
        return scene.admin().put("/admin/v1/agents/" + Scene.name("new"), resource);
    }

    /** Those who are there, and draft agents of so many more, each with a user of the directory. */
    private List<String> owners(int more) {
        List<String> users = new ArrayList<>();
        for (int n = 0; n < more; n++) {
            String name = Scene.name("Owner") + "@example.com";
            users.add(directory.user(name));
            assertThat(put(Map.of("owner", name, "purpose", "p", "task_types", List.of("triage"), "state", "draft"))
                            .status())
                    .isEqualTo(201);
        }
        return users;
    }

    private int present() {
        return jdbc.sql("""
                        SELECT count(DISTINCT lower(owner)) FROM agent
                         WHERE state <> 'retired' AND lower(owner) NOT IN (SELECT owner FROM departed_owner)
                        """).query(Integer.class).single();
    }

    private List<JsonNode> pending() {
        return scene.admin().get("/admin/v1/directory/changes?state=pending&limit=500").json().path("items").valueStream()
                .toList();
    }

    @Test
    void moreThanATenthOfTheOwnersInAnHourWaitForAnAdministrator() {
        List<String> users = owners(25);
        int may = present() / 10;
        for (String id : users.subList(0, may)) {
            assertThat(directory.patch("/Users/" + id, OFF).status()).isEqualTo(200);
        }
        String one = users.get(may);
        String two = users.get(may + 1);
        int before = pending().size();

        Answer waits = directory.patch("/Users/" + one, OFF);
        Answer again = directory.patch("/Users/" + one, OFF);
        Answer other = directory.delete("/Users/" + two);

        assertThat(may).isGreaterThanOrEqualTo(2);
        assertThat(waits.status()).as(waits.text()).isEqualTo(409);
        assertThat(waits.json().path("detail").asString()).contains("errand directory");
        assertThat(again.text()).isEqualTo(waits.text());
        assertThat(other.status()).isEqualTo(409);
        assertThat(directory.get("/Users/" + one).json().path("active").asBoolean()).isTrue();
        assertThat(directory.get("/Users/" + two).status()).isEqualTo(200);
        assertThat(pending()).hasSize(before + 2);
        approved(change(one), one);
        rejected(change(two), two);
        assertThat(scene.events("kind=directory.change_pending")).hasSizeGreaterThanOrEqualTo(2);
        assertThat(scene.events("kind=directory.change_approved")).isNotEmpty();
        assertThat(scene.events("kind=directory.change_rejected")).isNotEmpty();
    }

    private JsonNode change(String entry) {
        return pending().stream()
                .filter(one -> one.path("entry").asString().equals(entry))
                .findFirst()
                .orElseThrow();
    }

    private void approved(JsonNode change, String user) {
        String path = "/admin/v1/directory/changes/" + change.path("id").asString();
        assertThat(scene.as("errand.operator").post(path + "/approve", Map.of("reason", "r")).status())
                .isEqualTo(403);
        assertThat(scene.admin().post(path + "/approve", Map.of()).status()).isEqualTo(400);

        Answer done = scene.admin().post(path + "/approve", Map.of("reason", "a team left"));

        assertThat(done.status()).as(done.text()).isEqualTo(200);
        assertThat(done.json().path("state").asString()).isEqualTo("approved");
        assertThat(directory.get("/Users/" + user).json().path("active").asBoolean(true)).isFalse();
        assertThat(directory.patch("/Users/" + user, OFF).status()).isEqualTo(200);
        assertThat(scene.admin().get("/admin/v1/owners/departed?limit=500").json().toString())
                .contains(change.at("/owners/0").asString());
        assertThat(scene.admin().post(path + "/approve", Map.of("reason", "r")).status()).isEqualTo(404);
    }

    private void rejected(JsonNode change, String user) {
        String path = "/admin/v1/directory/changes/" + change.path("id").asString();

        assertThat(scene.admin().post(path + "/reject", Map.of("reason", "by mistake")).json().path("state").asString())
                .isEqualTo("rejected");
        assertThat(directory.get("/Users/" + user).json().path("active").asBoolean()).isTrue();
        assertThat(directory.delete("/Users/" + user).status()).isEqualTo(409);
        assertThat(change(user).path("id").asString()).isNotEqualTo(change.path("id").asString());
    }

    @Test
    void whatTheDirectorySaysNextTakesThePlaceOfWhatWaits() {
        String waiting = owners(1).getFirst();
        // As if the directory had sent half of all owners away in this hour.
        jdbc.sql("""
                        INSERT INTO departed_owner (owner, said, who, reason)
                        SELECT 'left-' || n, 'left-' || n, 'directory:test', 'r' FROM generate_series(1, :gone) AS n
                        ON CONFLICT (owner) DO UPDATE SET at = now()
                        """).param("gone", present()).update();
        assertThat(directory.patch("/Users/" + waiting, OFF).status()).isEqualTo(409);
        String id = change(waiting).path("id").asString();

        Answer edited = directory.patch("/Users/" + waiting, Map.of("op", "add", "path", "displayName", "value", "D"));

        assertThat(edited.status()).isEqualTo(200);
        assertThat(pending()).noneMatch(one -> one.path("id").asString().equals(id));
        assertThat(scene.admin()
                        .post("/admin/v1/directory/changes/" + id + "/approve", Map.of("reason", "r"))
                        .status())
                .isEqualTo(404);
        assertThat(directory.get("/Users/" + waiting).json().path("active").asBoolean()).isTrue();
    }

    /** Bob is in the directory's group, and his token says nothing of it. */
    @Test
    void noApproversGroupComesFromTheDirectory() {
        owned();
        String finance = Scene.name("finance");
        String bob = directory.user("bob-" + finance);
        directory.pushed("/Groups", Pusher.group(finance, bob));
        for (JsonNode set : scene.admin().get("/admin/v1/policies?limit=200").json().path("items")) {
            scene.admin().delete("/admin/v1/policies/" + set.path("name").asString());
        }
        scene.policy("tests", "@approval(\"" + finance + "\") permit(principal, action, resource);");
        Map<String, String> patient = Scene.request(agent, tool, "write");
        patient.put("completion_mode", "deferred");
        JsonNode waiting = scene.exchange(patient).json();
        assertThat(waiting.path("error").asString()).as(waiting.toString()).isEqualTo("authorization_pending");

        Answer byDirectory = decide("bob-" + finance, List.of(), waiting);
        Answer byToken = decide("carla", List.of(finance), waiting);

        assertThat(byDirectory.status()).as(byDirectory.text()).isEqualTo(403);
        assertThat(byToken.status()).as(byToken.text()).isEqualTo(200);
    }

    private Answer decide(String subject, List<String> groups, JsonNode waiting) {
        Wire person = scene.anonymous()
                .as(Surroundings.PEOPLE.token(
                        subject,
                        claims -> claims.audience(BrokerTest.ISSUER + "/admin")
                                .claim("roles", List.of("errand.approver"))
                                .claim("groups", groups)));
        return person.post(
                "/admin/v1/approvals/" + waiting.at("/approval/id").asString(),
                Map.of("decision", "approve", "digest", waiting.at("/approval/digest").asString()));
    }
}
