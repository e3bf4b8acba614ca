package io.errand.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Wire.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.web.server.LocalServerPort;

/**
 * The Todo application of AuthZEN's public interop: five users known by opaque ids, four roles, and todos that name their owner by
 * e-mail address. What each may do is the scenario's own table.
 */
@BrokerTest
class TodoInteropTest {

    private final Scene scene;

    TodoInteropTest(@LocalServerPort int port) {
        scene = new Scene(port);
    }

    /** As the scenario has them: they differ in one letter. */
    private static String id(String letter) {
        return "CiRmZD" + letter + "2MTRkMy1jMzlhLTQ3ODEtYjdiZC04Yjk2ZjVhNTEwMGQSBWxvY2Fs";
    }

    @BeforeEach
    void registered() throws IOException {
        Answer saved = scene.admin()
                .put(
                        "/admin/v1/open-policies/todo",
                        Map.of("schema", example("todo.cedarschema"), "cedar", example("todo.cedar")));
        assertThat(saved.status()).as(saved.text()).isIn(200, 201);
    }

    private static String example(String file) throws IOException {
        return Files.readString(Path.of("..", "examples", "todo", file));
    }

    private boolean may(String user, String action, Map<String, Object> resource) {
        Answer answer = Acting.gateway(scene)
                .post(
                        "/access/v1/evaluation",
                        Map.of(
                                "subject", Map.of("type", "user", "id", user),
                                "action", Map.of("name", action),
                                "resource", resource));
        return Acting.ok(answer).path("decision").asBoolean();
    }

    private static Map<String, Object> todo(String owner) {
        return Map.of("type", "todo", "id", "7240d0db", "properties", Map.of("ownerID", owner));
    }

    @ParameterizedTest
    @CsvSource({
        "A, rick@the-citadel.com, true, true, true, true, true",
        "E, morty@the-citadel.com, true, true, false, true, false",
        "I, summer@the-smiths.com, true, true, false, true, false",
        "M, beth@the-smiths.com, false, false, false, false, false",
        "Q, jerry@the-smiths.com, false, false, false, false, false",
    })
    void eachUserMayWhatTheScenarioSays(
            String letter,
            String email,
            boolean create,
            boolean updateOwn,
            boolean updateOther,
            boolean deleteOwn,
            boolean deleteOther) {
        String user = id(letter);
        String other = email.startsWith("rick") ? "morty@the-citadel.com" : "rick@the-citadel.com";

        assertThat(may(user, "can_read_user", Map.of("type", "user", "id", "beth@the-smiths.com")))
                .isTrue();
        assertThat(may(user, "can_read_user", Map.of("type", "user", "id", email)))
                .isTrue();
        assertThat(may(user, "can_read_todos", Map.of("type", "todo", "id", "todo-1")))
                .isTrue();
        assertThat(may(user, "can_create_todo", Map.of("type", "todo", "id", "todo-1")))
                .isEqualTo(create);
        assertThat(may(user, "can_update_todo", todo(email))).isEqualTo(updateOwn);
        assertThat(may(user, "can_update_todo", todo(other))).isEqualTo(updateOther);
        assertThat(may(user, "can_delete_todo", todo(email))).isEqualTo(deleteOwn);
        assertThat(may(user, "can_delete_todo", todo(other))).isEqualTo(deleteOther);
    }

    @Test
    void aBatchOfTodosIsDecidedAsThe1Point1PayloadsAskIt() {
        Answer answer = Acting.gateway(scene)
                .post(
                        "/access/v1/evaluations",
                        Map.of(
                                "subject",
                                Map.of("type", "user", "id", id("E")),
                                "action",
                                Map.of("name", "can_update_todo"),
                                "evaluations",
                                List.of(
                                        Map.of("resource", todo("morty@the-citadel.com")),
                                        Map.of("resource", todo("rick@the-citadel.com")))));

        assertThat(Acting.ok(answer).path("evaluations").values().stream()
                        .map(one -> one.path("decision").asBoolean())
                        .toList())
                .containsExactly(true, false);
    }

    @Test
    void nobodySpeaksForTheBrokersOwnTypes() {
        Answer schema = scene.admin()
                .put(
                        "/admin/v1/open-policies/impostor",
                        Map.of(
                                "schema",
                                "namespace Errand { entity Agent; action use appliesTo { principal: Agent, resource: Agent }; }",
                                "cedar",
                                "permit (principal, action, resource);"));
        Answer misfit = scene.admin()
                .put(
                        "/admin/v1/open-policies/misfit",
                        Map.of(
                                "schema",
                                "entity user; action go appliesTo { principal: user, resource: user };",
                                "cedar",
                                "permit (principal, action, resource) when { resource.colour == 1 };"));

        assertThat(schema.status()).as(schema.text()).isEqualTo(400);
        assertThat(misfit.status()).as(misfit.text()).isEqualTo(400);
        assertThat(may("x", "can_fly", Map.of("type", "todo", "id", "x"))).isFalse();
        assertThat(may("x", "can_read_user", Map.of("type", "Errand::Agent", "id", "x")))
                .isFalse();
    }
}
