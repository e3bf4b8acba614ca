package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.errand.api.Json;
import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Wire.Answer;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** P3: a registered task type narrows what its tasks may have, and says what they must be told. */
@BrokerTest
class TaskTypesTest {

    private static final String INVOICE = "{\"invoice\": \"INV-7\", \"amount\": 12.5}";

    private final String agent = Scene.name("clerk");
    private final String type = Scene.name("match");
    private final String orders = Scene.name("orders");
    private final String erp = Scene.name("erp");
    private final Scene scene;

    @Autowired
    private JdbcClient jdbc;

    TaskTypesTest(@LocalServerPort int port) {
        scene = new Scene(port);
    }

    @BeforeEach
    void registered() {
        scene.jwtTool(
                orders,
                Map.of(
                        "datatypes",
                        List.of(
                                Map.of("name", "order-lines", "sensitivity", "internal"),
                                Map.of("name", "customers", "sensitivity", "restricted"))));
        scene.jwtTool(erp, Map.of());
        registeredWith(List.of(type));
        scene.policy(agent, "permit(principal == Errand::Agent::\"" + agent + "\", action, resource);");
    }

    private void registeredWith(List<String> types) {
        scene.agent(
                agent,
                erp,
                Map.of(
                        "task_types",
                        types,
                        "tools",
                        List.of(
                                Map.of("tool", erp, "actions", List.of("read", "write")),
                                Map.of("tool", orders, "actions", List.of("read")))));
    }

    @AfterEach
    void gone() {
        scene.admin().delete("/admin/v1/policies/" + agent);
        scene.admin().delete("/admin/v1/task-types/" + type);
    }

    private Answer put(Map<String, Object> members) {
        return scene.admin().put("/admin/v1/task-types/" + type, members);
    }

    private void isType(Map<String, Object> members) {
        Answer answer = put(members);
        assertThat(answer.status()).as(answer.text()).isIn(200, 201);
    }

    /** @param tools each with its actions, {@code tool:action}; none: no access is named */
    private Map<String, String> form(String context, String... tools) {
        Map<String, String> form = Scene.request(agent, erp, "read");
        form.put("task", "{\"type\":\"" + type + "\",\"context\":" + context + "}");
        if (tools.length == 0) {
            form.remove("authorization_details");
        } else {
            form.put(
                    "authorization_details",
                    Json.mapper()
                            .writeValueAsString(Arrays.stream(tools)
                                    .map(one -> one.split(":"))
                                    .map(one -> Map.of(
                                            "type", "tool_access", "identifier", one[0], "actions", List.of(one[1])))
                                    .toList()));
        }
        return form;
    }

    private JsonNode granted(String context, String... tools) {
        return Family.granted(scene.exchange(form(context, tools)));
    }

    private static void refused(Answer answer, String code, String... said) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.json().path("error").asString()).isEqualTo(code);
        for (String one : said) {
            assertThat(answer.json().path("error_description").asString()).contains(one);
        }
    }

    @Test
    void aTaskThatMissesAMemberIsToldWhich() {
        isType(Map.of("required_context", List.of("invoice", "supplier", "amount")));

        refused(scene.exchange(form(INVOICE, erp + ":read")), "invalid_request", "task.context.supplier.", type);
        refused(
                scene.exchange(form("{\"supplier\": \"ACME\"}", erp + ":read")),
                "invalid_request",
                "task.context.invoice, task.context.amount.");
        granted("{\"invoice\": 7, \"supplier\": \"ACME\", \"amount\": false}", erp + ":read");
        assertThat(scene.events("kind=exchange.denied&agent=" + agent))
                .extracting(event -> event.path("details").path("reason").asString())
                .containsOnly("task_context_missing")
                .hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"invoice\":\" \"}", "{\"invoice\":null}", "{\"invoice\":[]}", "{\"invoice\":{}}"})
    void whatIsNoValueIsMissing(String context) {
        isType(Map.of("required_context", List.of("invoice")));

        refused(scene.exchange(form(context, erp + ":read")), "invalid_request", "task.context.invoice.");
    }

    /** A client that declares nothing has the agent's only type, and tells nothing. */
    @Test
    void whoDeclaresNothingIsToldToo() {
        isType(Map.of("required_context", List.of("invoice")));
        Map<String, String> form = form("{}", erp + ":read");
        form.remove("task");

        refused(scene.exchange(form), "invalid_request", "task.context.invoice.");
    }

    @Test
    void thePurposeIsMadeOfTheContext() {
        isType(Map.of(
                "purpose",
                "Match invoice {invoice} of {amount} to its order",
                "required_context",
                List.of("invoice", "amount")));
        JsonNode granted = granted(INVOICE, erp + ":read");

        assertThat(purpose(granted)).isEqualTo("Match invoice INV-7 of 12.5 to its order");
        Map<String, String> own = form(INVOICE, erp + ":read");
        own.computeIfPresent("task", (key, task) -> task.replace("{\"type\"", "{\"purpose\":\"My own\",\"type\""));
        assertThat(purpose(Family.granted(scene.exchange(own)))).isEqualTo("My own");
        refused(
                scene.exchange(form("{\"invoice\":\"a\\nb\",\"amount\":1}", erp + ":read")),
                "invalid_request",
                "the purpose of this task type");
        refused(
                scene.exchange(form("{\"invoice\":\"" + "x".repeat(4096) + "\",\"amount\":1}", erp + ":read")),
                "invalid_request",
                "the purpose of this task type");
    }

    private String purpose(JsonNode granted) {
        return scene.events("kind=exchange.granted&task="
                        + granted.path("task").path("id").asString())
                .getFirst()
                .path("details")
                .path("purpose")
                .asString();
    }

    @Test
    void aTaskThatNamesNoToolHasThoseOfItsTypeAsFarAsTheAgentHasThem() {
        String other = Scene.name("payroll");
        scene.jwtTool(other, Map.of());
        isType(Map.of(
                "tools",
                List.of(
                        Map.of("tool", erp, "actions", List.of("read")),
                        Map.of("tool", orders, "actions", List.of("read", "write")),
                        Map.of("tool", other, "actions", List.of("read")))));

        JsonNode granted = granted("{}");

        assertThat(granted.path("scope").asString().split(" "))
                .containsExactlyInAnyOrder(erp + ":read", orders + ":read");
        assertThat(granted.path("credentials")).hasSize(2);
        assertThat(granted.path("task_token").isMissingNode()).isTrue();
    }

    /** The answer to somebody who named no tool is a task's, whose token is the task token. */
    @Test
    void oneToolOfATypeIsNoAnswerToAStandardClient() {
        isType(Map.of("tools", List.of(Map.of("tool", erp, "actions", List.of("read")))));

        JsonNode granted = granted("{}");

        assertThat(granted.path("credentials")).hasSize(1);
        assertThat(granted.path("access_token").asString())
                .isNotEqualTo(granted.at("/credentials/0/data/token").asString());
        assertThat(scene.end(granted).status()).isIn(200, 202);
    }

    @Test
    void aTypeOfWhichNobodyRegisteredToolsGivesNone() {
        assertThat(granted("{}").path("credentials")).isEmpty();
    }

    @Test
    void itNarrowsToItsToolsAndActions() {
        isType(Map.of("tools", List.of(Map.of("tool", erp, "actions", List.of("read")))));

        refused(scene.exchange(form("{}", orders + ":read")), "invalid_target");
        refused(scene.exchange(form("{}", erp + ":write")), "invalid_authorization_details");
        JsonNode task = granted("{}", erp + ":read");
        Map<String, String> more = form("{}", erp + ":write");
        more.remove("task");
        more.put("actor_token", more.get("subject_token"));
        more.put("actor_token_type", Scene.JWT);
        more.put("subject_token", task.path("access_token").asString());
        more.put("subject_token_type", Scene.ACCESS_TOKEN);
        assertThat(scene.exchange(more).status()).isEqualTo(400);
        Map<String, String> shorthand = form("{}");
        shorthand.put("audience", erp);
        assertThat(Family.granted(scene.exchange(shorthand)).path("scope").asString())
                .isEqualTo(erp + ":read");
    }

    @Test
    void itNeverWidens() {
        isType(Map.of(
                "tools", List.of(Map.of("tool", orders, "actions", List.of("read", "write"))), "max_ttl", "PT20H"));

        refused(scene.exchange(form("{}", orders + ":write")), "invalid_authorization_details");
        assertThat(end(granted("{}", orders + ":read"))).isBefore(Instant.now().plus(Duration.ofMinutes(16)));
    }

    @Test
    void itIsNoLongerThanItsTypeMayBe() {
        isType(Map.of("max_ttl", "PT2M"));

        assertThat(end(granted("{}", erp + ":read"))).isBefore(Instant.now().plus(Duration.ofMinutes(3)));
    }

    private static Instant end(JsonNode granted) {
        return Instant.parse(granted.path("task").path("expires_at").asString());
    }

    @Test
    void itHasTheClassesOfDataOfItsTypeAlone() {
        isType(Map.of("datatypes", List.of("order-lines", "mails")));

        assertThat(granted("{}", orders + ":read")
                        .at("/authorization_details/0/datatypes")
                        .toString())
                .isEqualTo("[\"order-lines\"]");
        assertThat(granted("{}", erp + ":read").at("/authorization_details/0").has("datatypes"))
                .isFalse();
        Map<String, String> customers = form("{}", orders + ":read");
        customers.computeIfPresent(
                "authorization_details", (key, details) -> details.replace("}]", ",\"datatypes\":[\"customers\"]}]"));
        refused(scene.exchange(customers), "invalid_authorization_details", "mails, order-lines");
        isType(Map.of("datatypes", List.of("mails")));
        refused(scene.exchange(form("{}", orders + ":read")), "invalid_authorization_details", "mails");
    }

    @Test
    void whatATypeTakesAwayEndsWhatLives() {
        JsonNode writing = granted("{}", erp + ":write");
        JsonNode reading = granted("{}", erp + ":read");
        JsonNode all = granted("{}", orders + ":read");
        isType(Map.of(
                "tools",
                List.of(
                        Map.of("tool", erp, "actions", List.of("read")),
                        Map.of("tool", orders, "actions", List.of("read"))),
                "datatypes",
                List.of("order-lines")));

        // Another change may be there first and do the same.
        assertThat(jdbc.sql("SELECT count(*) FROM reassessment WHERE task_type = :type")
                        .param("type", type)
                        .query(Integer.class)
                        .single())
                .isPositive();
        assertThat(reassessed(writing).path("details").path("reason").asString())
                .isEqualTo("outside_ceiling");
        reassessed(all);
        assertThat(state(reading)).isEqualTo("active");
        isType(Map.of("max_ttl", "PT1S"));
        reassessed(reading);
    }

    @Test
    void whatWasHandedOnEndsWithTheTypeAboveIt() {
        Family family = Family.at(scene);
        family.register();
        String above = Scene.name("above");
        scene.agent(
                family.parent(),
                family.tool(),
                Map.of(
                        "task_types",
                        List.of(above),
                        "delegates_to",
                        List.of(family.child()),
                        "max_delegation_depth",
                        1));
        Map<String, String> form = Scene.request(family.parent(), family.tool(), "read", "write");
        form.put("task", "{\"type\":\"" + above + "\"}");
        JsonNode task = Family.granted(scene.exchange(form));
        JsonNode child = Family.granted(
                scene.exchange(family.takes(family.child(), family.handed(task, family.child(), "write"), "write")));

        scene.admin()
                .put(
                        "/admin/v1/task-types/" + above,
                        Map.of("tools", List.of(Map.of("tool", family.tool(), "actions", List.of("read")))));

        reassessed(child);
        assertThat(family.delegate(task, family.asks(family.child(), "write")).status())
                .isEqualTo(400);
        // What the task below lost, it does not get back by asking again.
        assertThat(scene.exchange(family.more(family.child(), child, "write")).status())
                .isEqualTo(400);
        scene.admin().delete("/admin/v1/task-types/" + above);
    }

    private JsonNode reassessed(JsonNode granted) {
        String query = "kind=lease.reassessed&lease=" + Family.lease(granted);
        await("it is decided again")
                .atMost(Duration.ofSeconds(20))
                .until(() -> !scene.events(query).isEmpty());
        return scene.events(query).getFirst();
    }

    private String state(JsonNode granted) {
        return scene.admin()
                .get("/admin/v1/leases?task=" + granted.path("task").path("id").asString())
                .json()
                .at("/items/0/state")
                .asString();
    }

    @Test
    void itIsAResourceLikeOthers() {
        isType(Map.of("kind", "TaskType", "purpose", "Match {invoice}", "required_context", List.of("invoice")));
        Answer got = scene.admin().get("/admin/v1/task-types/" + type);

        assertThat(got.header("ETag")).contains("\"1\"");
        assertThat(got.json().path("risk").asInt(-1)).isZero();
        assertThat(scene.admin()
                        .with("If-Match", "\"7\"")
                        .put("/admin/v1/task-types/" + type, Map.of())
                        .status())
                .isEqualTo(412);
        assertThat(scene.admin()
                        .get("/admin/v1/task-types?limit=500")
                        .json()
                        .path("items")
                        .values())
                .extracting(item -> item.path("name").asString())
                .contains(type);
        assertThat(scene.as("errand.auditor")
                        .put("/admin/v1/task-types/" + type, Map.of())
                        .status())
                .isEqualTo(403);
        assertThat(scene.admin().delete("/admin/v1/task-types/" + type).status())
                .isEqualTo(204);
        assertThat(scene.events("kind=task_type.created"))
                .extracting(event -> event.path("details").path("task_type").asString())
                .contains(type);
    }

    @Test
    void whatIsWrongIsNamed() {
        Map<String, Map<String, Object>> wrong = new HashMap<>();
        wrong.put("purpose", Map.of("purpose", "Match {invoice}"));
        wrong.put("required_context[0]", Map.of("required_context", List.of("in voice")));
        wrong.put("required_context[1]", Map.of("required_context", List.of("a", "a")));
        wrong.put("risk", Map.of("risk", 101));
        wrong.put("max_ttl", Map.of("max_ttl", "P2D"));
        wrong.put("datatypes[0]", Map.of("datatypes", List.of("A")));
        wrong.put("tools[0].tool", Map.of("tools", List.of(Map.of("tool", "nowhere", "actions", List.of("read")))));
        wrong.put("tools[0].actions", Map.of("tools", List.of(Map.of("tool", erp, "actions", List.of("fly")))));
        wrong.put("name", Map.of("name", "other"));
        wrong.put("kind", Map.of("kind", "Agent"));
        wrong.forEach((member, members) -> {
            Answer answer = put(members);
            assertThat(answer.status()).as(answer.text()).isEqualTo(400);
            assertThat(answer.json().path("member").asString())
                    .as(answer.text())
                    .isEqualTo(member);
        });
        for (String braces : List.of("{", "}", "{}", "a {b", "a b}", "{{b}}", "{a{b}")) {
            Answer answer = put(Map.of("purpose", braces, "required_context", List.of("b")));
            assertThat(answer.json().path("member").asString())
                    .as(braces + answer.text())
                    .isEqualTo("purpose");
        }
        assertThat(scene.admin().get("/admin/v1/task-types/" + type).status()).isEqualTo(404);
        assertThat(scene.admin()
                        .put(
                                "/admin/v1/task-types/" + type + "?allow_missing=true",
                                Map.of("tools", List.of(Map.of("tool", "nowhere", "actions", List.of("read")))))
                        .status())
                .isEqualTo(201);
    }
}
