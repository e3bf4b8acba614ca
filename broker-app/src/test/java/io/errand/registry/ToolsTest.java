package io.errand.registry;

import static io.errand.registry.AgentsTest.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.errand.registry.Admin.Answer;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.core.env.Environment;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

@RegistryTest
class ToolsTest {

    private static final String TOOLS = "/admin/v1/tools/";

    @Autowired
    private Environment environment;

    @Autowired
    private JdbcClient jdbc;

    private Admin admin;
    private Ledger ledger;

    @BeforeEach
    void setUp() {
        admin = new Admin(environment);
        ledger = new Ledger(jdbc);
    }

    @Test
    void whatIsPutIsReadWithItsDefaults() {
        Answer created = admin.put(TOOLS + "t-created", An.tool("""
                {"config": {"target": "orders", "deep": {"a": [1, 2.5, null, true]}}, "kinds": {"read": "read"},
                 "datatypes": [{"name": "lines", "sensitivity": "internal"}], "labels": ["customer-pii"]}
                """));

        assertThat(created.status()).isEqualTo(201);
        Answer read = admin.get(TOOLS + "t-created");
        assertThat(read.etag()).isEqualTo("\"1\"");
        assertThat(read.json()).isEqualTo(created.json());
        JsonNode tool = read.json();
        assertThat(tool.get("kind").stringValue()).isEqualTo("Tool");
        assertThat(tool.get("destination").stringValue()).isEqualTo("internal");
        assertThat(tool.get("marks_on").stringValue()).isEqualTo("use");
        assertThat(tool.get("locations")).isEmpty();
        assertThat(tool.at("/config/deep/a").size()).isEqualTo(4);
    }

    @Test
    void everyChangeCountsTheVersionAndIsRecorded() {
        admin.put(TOOLS + "t-versions", An.tool("{}"));
        Answer replaced = admin.put(TOOLS + "t-versions", An.tool("{\"max_ttl\": \"PT5M\"}"), "If-Match", "\"1\"");
        Answer stale = admin.put(TOOLS + "t-versions", An.tool("{}"), "If-Match", "\"1\"");
        Answer deleted = admin.delete(TOOLS + "t-versions");

        assertThat(replaced.etag()).isEqualTo("\"2\"");
        assertProblem(stale, 412, "stale");
        assertThat(deleted.status()).isEqualTo(204);
        assertThat(ledger.events("tool", "t-versions"))
                .extracting(e -> e.get("kind"), e -> e.get("who"), e -> e.get("old"), e -> e.get("new"))
                .containsExactly(
                        tuple("tool.created", Admin.WHO, null, 1),
                        tuple("tool.replaced", Admin.WHO, 1, 2),
                        tuple("tool.deleted", Admin.WHO, 2, null));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            {"kind": "Agent"}                                                  | kind
            {"name": "other"}                                                  | name
            {"backend": null}                                                  | backend
            {"backend": "carrier-pigeon"}                                      | backend
            {"config": {"broken": "The target is not there."}}                 | config.broken
            {"actions": null}                                                  | actions
            {"actions": []}                                                    | actions
            {"actions": ["read", "read"]}                                      | actions[1]
            {"actions": ["Read It"]}                                           | actions[0]
            {"sensitivity": null}                                              | sensitivity
            {"sensitivity": "secret"}                                          | sensitivity
            {"environment": null}                                              | environment
            {"environment": "Two Words"}                                       | environment
            {"destination": "moon"}                                            | destination
            {"marks_on": "never"}                                              | marks_on
            {"labels": ["No!"]}                                                | labels[0]
            {"kinds": {"read": "peek"}}                                        | kinds.read
            {"kinds": {"read": null}}                                          | kinds.read
            {"kinds": {"erase": "write"}}                                      | kinds
            {"datatypes": [{"name": "a"}, {"name": "a"}]}                      | datatypes[1]
            {"datatypes": [{"sensitivity": "internal"}]}                       | datatypes[0].name
            {"datatypes": [{"name": "a", "sensitivity": "secret"}]}            | datatypes[0].sensitivity
            {"locations": ["/relative"]}                                       | locations[0]
            {"locations": ["https://a.example/#part"]}                         | locations[0]
            {"locations": ["not a uri"]}                                       | locations[0]
            {"locations": ["https://a.example", "https://a.example"]}          | locations[1]
            {"locations": ["https://errand.test/tools/orders-db"]}             | locations[0]
            {"identities": [{"issuer": "prod", "subject": ""}]}                | identities[0].subject
            {"tenant": " "}                                                    | tenant
            {"max_ttl": "PT0.5S"}                                              | max_ttl
            {"max_ttl": "P2D"}                                                 | max_ttl
            {"config": []}                                                     | config
            """)
    void aWrongMemberIsNamed(String members, String path) {
        Answer refused = admin.put(TOOLS + "t-wrong", An.tool(members));

        assertProblem(refused, 400, "invalid-member");
        assertThat(refused.json().get("member").stringValue()).isEqualTo(path);
        assertThat(admin.get(TOOLS + "t-wrong").status()).isEqualTo(404);
    }

    @Test
    void aBrokenBindingIsRefusedInTheBackendsWords() {
        Answer refused = admin.put(TOOLS + "t-broken", An.tool("{\"config\": {\"broken\": \"No such target.\"}}"));

        assertThat(refused.json().get("detail").stringValue()).isEqualTo("No such target.");
    }

    @Test
    void aLocationBelongsToOneTool() {
        String here = "{\"locations\": [\"https://orders.example/one\"]}";
        admin.put(TOOLS + "t-here", An.tool(here));

        Answer second = admin.put(TOOLS + "t-there", An.tool(here));
        Answer again = admin.put(
                TOOLS + "t-here", An.tool("{\"locations\": [\"https://orders.example/one\", \"urn:orders\"]}"));
        admin.put(TOOLS + "t-here", An.tool("{}"));
        Answer free = admin.put(TOOLS + "t-there", An.tool(here));

        assertProblem(second, 409, "conflict");
        assertThat(second.text()).contains("https://orders.example/one").doesNotContain("t-here");
        assertThat(again.status()).isEqualTo(200);
        assertThat(free.status()).isEqualTo(201);
    }

    @Test
    void liveLeasesHoldAToolUntilTheyAreRevoked() {
        admin.put(TOOLS + "t-leased", An.tool("{}"));
        UUID lease = ledger.liveLease("some-agent", "t-leased");

        Answer held = admin.delete(TOOLS + "t-leased");
        String before = ledger.leaseState(lease);
        Answer deleted = admin.delete(TOOLS + "t-leased?revoke=true");

        assertProblem(held, 409, "conflict");
        assertThat(before).isEqualTo("active");
        assertThat(deleted.status()).isEqualTo(204);
        assertThat(ledger.leaseState(lease)).isIn("revoking", "revoked");
    }
}
