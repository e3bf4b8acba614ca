package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.api.Json;
import io.errand.exchange.Refusals.Expected;
import io.errand.testing.BrokerTest;
import io.errand.testing.PageBlock;
import io.errand.testing.Postgres;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire.Answer;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** What is granted of a tool is what its credential is kept to, or told; what nobody would keep it to is refused. */
@BrokerTest
class NarrowingTest {

    private static final Expected REFUSED = new Expected(400, "invalid_authorization_details", "part_not_enforceable");

    private static final List<Map<String, String>> DATATYPES = List.of(
            Map.of("name", "order-lines", "sensitivity", "internal"),
            Map.of("name", "customers", "sensitivity", "restricted"));

    private final String agent = Scene.name("agent");
    private final String tool = Scene.name("orders");
    private final String mail = Scene.name("mail");
    private final Scene scene;
    private final Refusals refusals;

    NarrowingTest(@LocalServerPort int port, @Autowired JdbcClient jdbc) {
        scene = new Scene(port);
        refusals = new Refusals(scene, jdbc);
    }

    @BeforeAll
    static void customers() {
        Postgres.shared()
                .execute(
                        Surroundings.TARGET_DATABASE,
                        "CREATE TABLE customers_of_orders AS SELECT 'carol' AS name",
                        "CREATE ROLE customers_reader NOLOGIN",
                        "GRANT SELECT ON customers_of_orders TO customers_reader",
                        "GRANT customers_reader TO errand_broker WITH ADMIN OPTION");
    }

    private void register(Map<String, Object> roles) {
        scene.postgresTool(tool, Map.of("datatypes", DATATYPES, "config", Map.of("target", "orders", "roles", roles)));
        scene.agent(agent, tool, Map.of());
        scene.permits();
    }

    /** What the page shows. */
    private void registerMapped() {
        Map<String, Object> shown = PageBlock.of("docs/datatypes.md", "tool")
                .with("orders-db", tool)
                .resource();
        Answer answer = scene.admin().put("/admin/v1/tools/" + tool, shown);
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        scene.agent(agent, tool, Map.of());
        scene.permits();
    }

    private Map<String, String> request(String action, Map<String, Object> part) {
        Map<String, Object> detail =
                new HashMap<>(Map.of("type", "tool_access", "identifier", tool, "actions", List.of(action)));
        detail.putAll(part);
        Map<String, String> form = Scene.request(agent, tool, action);
        form.put("authorization_details", Json.mapper().writeValueAsString(List.of(detail)));
        return form;
    }

    private JsonNode granted(Map<String, String> form) {
        Answer answer = scene.exchange(form);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json();
    }

    private static boolean reads(JsonNode granted, String table) throws SQLException {
        try (Connection login = Scene.login(granted.path("credentials").path(0));
                var statement = login.createStatement()) {
            statement.executeQuery("SELECT * FROM " + table).close();
            return true;
        } catch (SQLException e) {
            assertThat(e.getSQLState()).isEqualTo("42501");
            return false;
        }
    }

    private JsonNode introspected(JsonNode granted) {
        return scene.as("errand.introspect")
                .form(
                        "/oauth2/introspect",
                        Map.of(
                                "token",
                                granted.path("credentials")
                                        .path(0)
                                        .path("lease_id")
                                        .asString(),
                                "token_type_hint",
                                "lease"))
                .json();
    }

    /** Looked up at the target. */
    @Test
    void aLoginReadsTheDataThatWasGrantedAndNoOther() throws SQLException {
        registerMapped();
        Map<String, String> asShown = request("read", Map.of());
        asShown.put(
                "authorization_details",
                PageBlock.of("docs/datatypes.md", "request")
                        .with("orders-db", tool)
                        .text());
        JsonNode lines = granted(asShown);
        JsonNode customers = granted(request("read", Map.of("datatypes", List.of("customers"))));
        JsonNode both = granted(request("read", Map.of("datatypes", List.of("order-lines", "customers"))));
        JsonNode all = granted(request("read", Map.of()));

        assertThat(reads(lines, "orders")).isTrue();
        assertThat(reads(lines, "customers_of_orders")).isFalse();
        assertThat(reads(customers, "orders")).isFalse();
        assertThat(reads(customers, "customers_of_orders")).isTrue();
        assertThat(reads(both, "customers_of_orders") && reads(both, "orders")).isTrue();
        assertThat(reads(all, "customers_of_orders") && reads(all, "orders")).isTrue();
        assertThat(introspected(lines).at("/authorization_details/0/datatypes").toString())
                .isEqualTo("[\"order-lines\"]");
        assertThat(introspected(all).at("/authorization_details/0").has("datatypes"))
                .isFalse();
        List.of(lines, customers, both, all).forEach(scene::complete);
    }

    @Test
    void whatNoLoginCanBeLimitedToIsRefusedWhereItIsAskedFor() {
        register(Map.of(
                "read", List.of("orders_reader"),
                "read:order-lines", List.of("orders_reader"),
                "write", List.of("orders_writer")));

        Answer unmapped = refusals.assertRefused(
                REFUSED,
                () -> scene.exchange(request("read", Map.of("datatypes", List.of("order-lines", "customers")))));
        refusals.assertRefused(
                REFUSED, () -> scene.exchange(request("write", Map.of("datatypes", List.of("order-lines")))));
        assertThat(unmapped.json().path("error_description").asString()).contains("read:customers");
        scene.postgresTool(tool, Map.of("locations", List.of("https://" + tool + ".example")));
        refusals.assertRefused(
                REFUSED,
                () -> scene.exchange(request("read", Map.of("locations", List.of("https://" + tool + ".example")))));
    }

    @ParameterizedTest
    @CsvSource({"fly:order-lines, orders_reader", "'read:order-lines', ''", "lines, orders_reader"})
    void rolesThatSayNothingAreRefused(String member, String role) {
        register(Map.of("read", List.of("orders_reader"), "write", List.of("orders_writer")));

        Answer answer = scene.admin()
                .put(
                        "/admin/v1/tools/" + tool,
                        Map.of(
                                "backend", "postgres",
                                "actions", List.of("read"),
                                "sensitivity", "internal",
                                "environment", "production",
                                "config",
                                        Map.of(
                                                "target",
                                                "orders",
                                                "roles",
                                                Map.of("read", List.of("orders_reader"), member, List.of(role)))));

        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.json().path("member").asString()).isEqualTo("config.roles." + member);
    }

    @Test
    void aTokenSaysWhatWasGrantedAndIntrospectionToo() {
        String location = "https://" + tool + ".example/eu";
        scene.jwtTool(tool, Map.of("datatypes", DATATYPES, "locations", List.of(location)));
        scene.agent(agent, tool, Map.of());
        scene.permits();
        JsonNode granted =
                granted(request("read", Map.of("datatypes", List.of("order-lines"), "locations", List.of(location))));
        String token =
                granted.path("credentials").path(0).path("data").path("token").asString();

        JsonNode claims = scene.verified(token);
        JsonNode seen = scene.as("errand.introspect")
                .form("/oauth2/introspect", Map.of("token", token))
                .json();

        for (JsonNode said : List.of(claims, seen, introspected(granted))) {
            JsonNode detail = said.at("/authorization_details/0");
            assertThat(detail.path("identifier").asString()).as(said.toString()).isEqualTo(tool);
            assertThat(detail.path("actions").toString()).isEqualTo("[\"read\"]");
            assertThat(detail.path("datatypes").toString()).isEqualTo("[\"order-lines\"]");
            assertThat(detail.path("locations").toString()).isEqualTo("[\"" + location + "\"]");
        }
        scene.end(granted);
    }

    /** With {@code marks_on: issue} the session has the labels of all that the credential could reach. */
    @Test
    void toNameAHarmlessClassSparesASessionNothingThatTheCredentialReaches() {
        scene.jwtTool(tool, Map.of("datatypes", DATATYPES, "marks_on", "issue"));
        JsonNode told = granted(registeredWithMail(request("read", Map.of("datatypes", List.of("order-lines")))));
        assertThat(sending().json().path("error").asString()).isEqualTo("access_denied");
        scene.end(told);
    }

    @Test
    void whatTheTargetItselfKeepsItToIsAllThatIsMarked() {
        registerMapped();
        scene.postgresTool(
                tool,
                Map.of(
                        "datatypes",
                        DATATYPES,
                        "marks_on",
                        "issue",
                        "config",
                        Map.of(
                                "target",
                                "orders",
                                "roles",
                                Map.of(
                                        "read", List.of("orders_reader", "customers_reader"),
                                        "read:order-lines", List.of("orders_reader"),
                                        "write", List.of("orders_writer")))));
        JsonNode kept = granted(registeredWithMail(request("read", Map.of("datatypes", List.of("order-lines")))));
        Answer sent = sending();
        JsonNode whole = granted(request("read", Map.of()));

        assertThat(sent.status()).as(sent.text()).isEqualTo(200);
        assertThat(sending().json().path("error").asString()).isEqualTo("access_denied");
        scene.complete(kept);
        scene.complete(whole);
    }

    private Map<String, String> registeredWithMail(Map<String, String> form) {
        scene.jwtTool(mail, Map.of("destination", "external"));
        scene.agent(
                agent,
                tool,
                Map.of(
                        "tools",
                        List.of(
                                Map.of("tool", tool, "actions", List.of("read")),
                                Map.of("tool", mail, "actions", List.of("write")))));
        scene.permits("""
                permit(principal, action, resource);
                forbid(principal == Errand::Agent::"%s", action, resource)
                when { resource.destination == "external" && context.session.labels.contains("data:restricted") };
                """.formatted(agent));
        return form;
    }

    private Answer sending() {
        return scene.exchange(Scene.request(agent, mail, "write"));
    }

    @Test
    void whatNobodyWouldKeepAChildToIsNotHandedOn() {
        Family family = Family.at(scene);
        family.register();
        scene.postgresTool(family.tool(), Map.of("datatypes", DATATYPES));
        JsonNode parent = family.task();
        Map<String, Object> asked = family.asks(family.child(), "read");
        asked.put(
                "authorization_details",
                List.of(Map.of(
                        "type", "tool_access",
                        "identifier", family.tool(),
                        "actions", List.of("read"),
                        "datatypes", List.of("order-lines"))));

        Answer refused = family.delegate(parent, asked);

        assertThat(refused.status()).as(refused.text()).isEqualTo(400);
        assertThat(refused.json().path("type").asString()).endsWith("invalid-authorization-details");
        assertThat(scene.events("decision=" + refused.json().path("decision_id").asString()))
                .singleElement()
                .satisfies(
                        event -> assertThat(event.path("details").path("reason").asString())
                                .isEqualTo("part_not_enforceable"));
        scene.complete(parent);
    }
}
