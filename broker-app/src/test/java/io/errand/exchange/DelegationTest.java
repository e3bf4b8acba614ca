package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BrokerTest;
import io.errand.testing.BusyService;
import io.errand.testing.Postgres;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire.Answer;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** A task hands part of itself on: the child has no more, no longer, and says through whom it came (P3, RFC 8693 §4.1). */
@BrokerTest
class DelegationTest {

    private final Scene scene;
    private final Family family;

    DelegationTest(@LocalServerPort int port) {
        scene = new Scene(port);
        family = Family.at(scene);
    }

    @BeforeEach
    void registered() {
        family.register();
    }

    @Test
    void aChildIsATaskOfItsOwnWithLessThanItsParent() throws SQLException {
        JsonNode parent = family.task();

        JsonNode child = family.childOf(parent, family.child());

        JsonNode claims = scene.verified(Family.token(child));
        assertThat(claims.path("sub").asString()).isEqualTo("agent:" + family.parent());
        assertThat(claims.path("act").toString()).isEqualTo("{\"sub\":\"agent:" + family.child() + "\"}");
        assertThat(claims.path("client_id").asString()).isEqualTo(family.child());
        assertThat(claims.path("task").path("root").asString()).isEqualTo(Family.id(parent));
        assertThat(Family.id(child)).isNotEqualTo(Family.id(parent));
        try (Connection login = Scene.login(child.path("credentials").path(0));
                var statement = login.createStatement()) {
            assertThat(statement.executeQuery("SELECT * FROM orders").next()).isTrue();
        }
        scene.complete(parent);
    }

    @Test
    void aPersonsTaskStaysThePersonsAllTheWayDown() {
        JsonNode top = forPerson();

        JsonNode child = family.childOf(top, family.child());
        JsonNode grandchild = family.childOf(child, family.grandchild());

        JsonNode claims = scene.verified(Family.token(grandchild));
        assertThat(claims.path("sub").asString()).isEqualTo("person:people:ann");
        assertThat(claims.path("act").path("sub").asString()).isEqualTo("agent:" + family.grandchild());
        assertThat(claims.at("/act/act/sub").asString()).isEqualTo("agent:" + family.child());
        assertThat(claims.at("/act/act/act/sub").asString()).isEqualTo("agent:" + family.parent());
        assertThat(claims.at("/act/act/act/act").isMissingNode()).isTrue();
        assertThat(claims.path("task").path("root").asString()).isEqualTo(Family.id(top));
        JsonNode event = scene.events("task=" + Family.id(grandchild)).stream()
                .filter(one -> one.path("kind").asString().equals("exchange.granted"))
                .findFirst()
                .orElseThrow();
        assertThat(event.at("/details/chain").toString())
                .isEqualTo("[\"" + family.parent() + "\",\"" + family.child() + "\",\"" + family.grandchild() + "\"]");
        assertThat(event.at("/details/on_behalf_of").asString()).isEqualTo("person:people:ann");
        scene.complete(top);
    }

    @Test
    void theToolSeesWhoseTaskItIs() {
        String erp = Scene.name("erp");
        scene.jwtTool(
                erp,
                Map.of(
                        "tenant",
                        "emea",
                        "identities",
                        List.of(Map.of("issuer", "workloads", "subject", "system:" + erp))));
        scene.agent(family.parent(), erp, Map.of("delegates_to", List.of(family.child()), "max_delegation_depth", 1));
        scene.agent(family.child(), erp, Map.of());
        Family atErp = new Family(scene, erp, family.parent(), family.child(), family.grandchild());
        JsonNode parent = atErp.task();

        JsonNode child = atErp.childOf(parent, family.child());

        String credential = child.at("/credentials/0/data/token").asString();
        JsonNode claims = scene.verified(credential);
        JsonNode seen = scene.anonymous()
                .as(Surroundings.WORKLOADS.token("system:" + erp))
                .form("/oauth2/introspect", Map.of("token", credential))
                .json();
        for (JsonNode whose : List.of(claims, seen)) {
            assertThat(whose.path("sub").asString()).isEqualTo("agent:" + family.parent());
            assertThat(whose.at("/act/sub").asString()).isEqualTo("agent:" + family.child());
            assertThat(whose.path("client_id").asString()).isEqualTo(family.child());
            assertThat(whose.at("/task/id").asString()).isEqualTo(Family.id(child));
            assertThat(whose.at("/task/root").asString()).isEqualTo(Family.id(parent));
            assertThat(whose.path("tenant").asString()).isEqualTo("emea");
        }
        scene.end(parent);
    }

    @Test
    void theRoleSaysItAtTheDatabase() throws SQLException {
        JsonNode child = family.childOf(family.task(), family.child());

        try (Connection login = Scene.login(child.path("credentials").path(0));
                var query = login.createStatement();
                var row = query.executeQuery(
                        "SELECT shobj_description(oid, 'pg_authid') FROM pg_roles" + " WHERE rolname = current_user")) {
            assertThat(row.next()).isTrue();
            assertThat(row.getString(1))
                    .startsWith("Errand: task " + Family.id(child) + " of agent " + family.child() + " by broker ");
        }
    }

    @Test
    void aChildEndsNoLaterThanItsParent() {
        JsonNode parent = family.task();
        Map<String, Object> asked = family.asks(family.child(), "read");
        asked.put("ttl", "PT10M");

        Answer handed = family.delegate(parent, asked);
        Map<String, String> form = family.takes(
                family.child(), handed.json().path("delegation_token").asString(), "read");
        form.put("task", "{\"ttl\":\"PT15M\"}");
        JsonNode child = Family.granted(scene.exchange(form));

        Instant end = Family.end(parent.path("task"));
        assertThat(Family.end(handed.json())).isEqualTo(end);
        assertThat(Family.end(child.path("task"))).isEqualTo(end);
        assertThat(Family.end(child.path("credentials").path(0))).isBeforeOrEqualTo(end);
        scene.complete(parent);
    }

    @Test
    void aShorterDelegationIsAShorterChild() {
        JsonNode parent = family.task();
        Map<String, Object> asked = family.asks(family.child(), "read");
        asked.put("ttl", "PT1M");
        asked.put("purpose", "Count the orders");
        Answer handed = family.delegate(parent, asked);
        Map<String, String> form = family.takes(
                family.child(), handed.json().path("delegation_token").asString(), "read");
        form.remove("task");

        JsonNode child = Family.granted(scene.exchange(form));

        assertThat(Family.end(child.path("task")))
                .isBeforeOrEqualTo(Instant.now().plus(Duration.ofMinutes(1)))
                .isEqualTo(Family.end(handed.json()));
        assertThat(handed.header("Cache-Control")).isEqualTo("no-store");
        assertThat(family.view(child).json().path("purpose").asString()).isEqualTo("Count the orders");
        scene.complete(parent);
    }

    @Test
    void theParentSeesWhatBecameOfItsChildren() {
        JsonNode parent = family.task();
        JsonNode child = family.childOf(parent, family.child());
        scene.complete(child);

        JsonNode view = family.view(parent).json();

        assertThat(view.path("state").asString()).isEqualTo("active");
        assertThat(view.path("children")).hasSize(1);
        assertThat(view.at("/children/0/id").asString()).isEqualTo(Family.id(child));
        assertThat(view.at("/children/0/parent").asString()).isEqualTo(Family.id(parent));
        assertThat(view.at("/children/0/agent").asString()).isEqualTo(family.child());
        assertThat(view.at("/children/0/state").asString()).isEqualTo("completed");
        assertThat(view.at("/children/0/leases/0/receipt").asString()).isNotEmpty();
        assertThat(family.view(child).json().path("parent").asString()).isEqualTo(Family.id(parent));
        scene.complete(parent);
    }

    @Test
    void aRefusalSpendsNothing() {
        JsonNode parent = family.task();
        String token = family.handed(parent, family.child(), "read");

        Answer refused = scene.exchange(family.takes(family.child(), token, "write"));
        Answer taken = scene.exchange(family.takes(family.child(), token, "read"));

        assertThat(refused.status()).isEqualTo(400);
        assertThat(taken.status()).as(taken.text()).isEqualTo(200);
        scene.complete(parent);
    }

    @Test
    void aTargetThatRefusesSpendsNothing() {
        String group = "readers_" + UUID.randomUUID().toString().substring(0, 8);
        Postgres.shared()
                .execute(
                        Surroundings.TARGET_DATABASE,
                        "CREATE ROLE " + group + " NOLOGIN",
                        "GRANT " + group + " TO errand_broker WITH ADMIN OPTION");
        scene.postgresTool(
                family.tool(),
                Map.of(
                        "config",
                        Map.of(
                                "target",
                                "orders",
                                "roles",
                                Map.of("read", List.of(group), "write", List.of("orders_writer")))));
        JsonNode parent = family.task();
        String token = family.handed(parent, family.child(), "read");
        Postgres.shared().execute("postgres", "ALTER ROLE " + group + " RENAME TO " + group + "_away");

        Answer refused = scene.exchange(family.takes(family.child(), token, "read"));
        Postgres.shared().execute("postgres", "ALTER ROLE " + group + "_away RENAME TO " + group);
        Answer taken = scene.exchange(family.takes(family.child(), token, "read"));

        assertThat(refused.status()).as(refused.text()).isEqualTo(400);
        assertThat(refused.json().path("error").asString()).isEqualTo("invalid_target");
        assertThat(taken.status()).as(taken.text()).isEqualTo(200);
        assertThat(family.view(parent).json().at("/children").values())
                .extracting(one -> one.path("state").asString())
                .containsExactly("cancelled", "active");
        scene.complete(parent);
    }

    @Test
    void ofTwoWhoTakeItUpAtOnceOneDoes() throws Exception {
        JsonNode parent = family.task();
        String token = family.handed(parent, family.child(), "read");
        CountDownLatch start = new CountDownLatch(1);
        List<Future<Answer>> calls = new ArrayList<>();

        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 8; i++) {
                Map<String, String> form = family.takes(family.child(), token, "read");
                calls.add(threads.submit(() -> {
                    start.await();
                    return BusyService.ask(() -> scene.exchange(form));
                }));
            }
            start.countDown();
        }

        List<Integer> statuses = new ArrayList<>();
        for (Future<Answer> call : calls) {
            statuses.add(call.get().status());
        }
        assertThat(statuses).containsOnly(200, 400).containsOnlyOnce(200);
        assertThat(family.view(parent).json().path("children")).hasSize(1);
        scene.complete(parent);
    }

    @Test
    void aRetryWithTheSameKeyKeepsTheChild() {
        JsonNode parent = family.task();
        String token = family.handed(parent, family.child(), "read");
        String key = UUID.randomUUID().toString();

        JsonNode first = Family.granted(keyed(key, token));
        JsonNode second = Family.granted(keyed(key, token));
        Answer otherKey = keyed(UUID.randomUUID().toString(), token);

        assertThat(Family.id(second)).isEqualTo(Family.id(first));
        assertThat(Family.lease(second)).isNotEqualTo(Family.lease(first));
        assertThat(family.view(first).status()).isEqualTo(401);
        assertThat(otherKey.json().path("error").asString()).isEqualTo("invalid_request");
        scene.complete(parent);
    }

    @Test
    void aChildMayTakeLessNowAndTheRestLater() {
        JsonNode parent = family.task();
        Map<String, String> nothing =
                family.takes(family.child(), family.handed(parent, family.child(), "read", "write"), "read");
        nothing.remove("authorization_details");
        JsonNode child = Family.granted(scene.exchange(nothing));

        JsonNode more = Family.granted(scene.exchange(family.more(family.child(), child, "write")));

        assertThat(child.path("credentials")).isEmpty();
        assertThat(Family.id(more)).isEqualTo(Family.id(child));
        assertThat(scene.verified(Family.token(more)).at("/act/sub").asString())
                .as("no actor is shed")
                .isEqualTo("agent:" + family.child());
        assertThat(Family.end(more.path("task"))).isEqualTo(Family.end(child.path("task")));
        scene.complete(parent);
    }

    @Test
    void aPartOfAToolStaysThatPart() {
        scene.postgresTool(
                family.tool(),
                Map.of(
                        "datatypes",
                        List.of(
                                Map.of("name", "lines", "sensitivity", "internal"),
                                Map.of("name", "customers", "sensitivity", "restricted")),
                        "config",
                        Map.of(
                                "target",
                                "orders",
                                "roles",
                                Map.of(
                                        "read", List.of("orders_reader"),
                                        "read:lines", List.of("orders_reader"),
                                        "write", List.of("orders_writer")))));
        JsonNode parent = family.task();
        Map<String, Object> asked = family.asks(family.child(), "read");
        asked.put(
                "authorization_details",
                List.of(Map.of(
                        "type",
                        "tool_access",
                        "identifier",
                        family.tool(),
                        "actions",
                        List.of("read"),
                        "datatypes",
                        List.of("lines"))));
        String token =
                family.delegate(parent, asked).json().path("delegation_token").asString();
        Map<String, String> wider = family.takes(family.child(), token, "read");
        wider.computeIfPresent(
                "authorization_details",
                (name, details) -> details.replace("}", ",\"datatypes\":[\"lines\",\"customers\"]}"));

        Answer refused = scene.exchange(wider);
        JsonNode silent = Family.granted(scene.exchange(family.takes(family.child(), token, "read")));

        assertThat(refused.json().path("error").asString()).isEqualTo("invalid_authorization_details");
        assertThat(silent.at("/authorization_details/0/datatypes").toString()).isEqualTo("[\"lines\"]");
        scene.complete(parent);
    }

    @Test
    void policyDecidesForTheChildOnItsOwn() {
        scene.policy(
                "depth",
                "@reason(\"not so deep\") forbid(principal == Errand::Agent::\"" + family.child()
                        + "\", action == Errand::Action::\"issue\", resource) when { context.task.depth > 0 };");
        JsonNode parent = family.task();
        String token = family.handed(parent, family.child(), "read");

        Answer refused = scene.exchange(family.takes(family.child(), token, "read"));
        scene.admin().delete("/admin/v1/policies/depth");

        assertThat(refused.json().path("error").asString()).isEqualTo("access_denied");
        assertThat(refused.json().path("error_description").asString()).isEqualTo("not so deep");
        scene.complete(parent);
    }

    private Answer keyed(String key, String token) {
        return scene.anonymous()
                .with("Idempotency-Key", key)
                .form("/oauth2/token", family.takes(family.child(), token, "read"));
    }

    private JsonNode forPerson() {
        return Family.granted(scene.exchange(Scene.requestFor("ann", family.parent(), family.tool(), "read")));
    }
}
