package io.errand.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.errand.registry.Admin.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.core.env.Environment;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

@RegistryTest
class AgentsTest {

    private static final String AGENTS = "/admin/v1/agents/";

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
        Answer created = admin.put(AGENTS + "a-created", An.agent("a-created"));

        assertThat(created.status()).isEqualTo(201);
        assertThat(created.etag()).isEqualTo("\"1\"");
        Answer read = admin.get(AGENTS + "a-created");
        assertThat(read.status()).isEqualTo(200);
        assertThat(read.etag()).isEqualTo("\"1\"");
        assertThat(read.json()).isEqualTo(created.json());
        JsonNode agent = read.json();
        assertThat(agent.get("kind").stringValue()).isEqualTo("Agent");
        assertThat(agent.get("name").stringValue()).isEqualTo("a-created");
        assertThat(agent.get("state").stringValue()).isEqualTo("active");
        assertThat(agent.get("max_ttl").stringValue()).isEqualTo("PT15M");
        assertThat(agent.get("max_live_leases").intValue()).isEqualTo(50);
        assertThat(agent.get("max_delegation_depth").intValue()).isZero();
        assertThat(agent.get("delegates_to")).isEmpty();
        assertThat(agent.has("review_by")).isFalse();
    }

    @Test
    void everyChangeCountsTheVersionAndIsRecorded() {
        admin.put(AGENTS + "a-versions", An.agent("a-versions"));

        Answer replaced = admin.put(AGENTS + "a-versions", An.agent("a-versions", "{\"max_ttl\": \"PT5M\"}"));
        Answer same = admin.put(AGENTS + "a-versions", An.agent("a-versions", "{\"max_ttl\": \"PT5M\"}"));
        Answer deleted = admin.delete(AGENTS + "a-versions");

        assertThat(replaced.status()).isEqualTo(200);
        assertThat(replaced.etag()).isEqualTo("\"2\"");
        assertThat(same.etag()).isEqualTo("\"2\"");
        assertThat(deleted.status()).isEqualTo(204);
        assertThat(admin.get(AGENTS + "a-versions").status()).isEqualTo(404);
        assertThat(ledger.events("agent", "a-versions"))
                .extracting(e -> e.get("kind"), e -> e.get("who"), e -> e.get("old"), e -> e.get("new"))
                .containsExactly(
                        tuple("agent.created", Admin.WHO, null, 1),
                        tuple("agent.replaced", Admin.WHO, 1, 2),
                        tuple("agent.deleted", Admin.WHO, 2, null));
    }

    @ParameterizedTest
    @CsvSource({"'\"2\"'", "'W/\"1\"'", "1", "'\"1\", \"2\"'", "'\"99999999999999999999\"'"})
    void aStaleVersionIsRefused(String stale) {
        admin.put(AGENTS + "a-stale", An.agent("a-stale"));

        Answer put = admin.put(AGENTS + "a-stale", An.agent("a-stale", "{\"max_ttl\": \"PT1M\"}"), "If-Match", stale);
        Answer delete = admin.delete(AGENTS + "a-stale", "If-Match", stale);

        assertProblem(put, 412, "stale");
        assertProblem(delete, 412, "stale");
        assertThat(admin.get(AGENTS + "a-stale").etag()).isEqualTo("\"1\"");
    }

    @Test
    void theCurrentVersionIsAccepted() {
        admin.put(AGENTS + "a-current", An.agent("a-current"));

        String changed = An.agent("a-current", "{\"max_ttl\": \"PT1M\"}");
        assertThat(admin.put(AGENTS + "a-current", changed, "If-Match", "\"1\"").status())
                .isEqualTo(200);
        assertThat(admin.delete(AGENTS + "a-current", "If-Match", "\"2\"").status())
                .isEqualTo(204);
    }

    @Test
    void aVersionOfNothingIsStale() {
        assertProblem(admin.put(AGENTS + "a-none", An.agent("a-none"), "If-Match", "\"1\""), 412, "stale");
        assertProblem(admin.put(AGENTS + "a-none", An.agent("a-none"), "If-Match", "*"), 412, "stale");
        assertProblem(admin.delete(AGENTS + "a-none"), 404, "not-found");
    }

    @Test
    void listsAreReadPageByPage() {
        List<String> names = List.of("p-1", "p-2", "p-3", "p-4", "p-5");
        names.forEach(name -> admin.put(AGENTS + name, An.agent(name)));

        List<String> seen = new ArrayList<>();
        String cursor = "";
        do {
            JsonNode page = admin.get("/admin/v1/agents?limit=2" + cursor).json();
            page.get("items").forEach(item -> seen.add(item.get("name").stringValue()));
            assertThat(page.get("items").size()).isLessThanOrEqualTo(2);
            cursor = page.has("next") ? "&cursor=" + page.get("next").stringValue() : "";
        } while (!cursor.isEmpty());

        assertThat(seen).containsAll(names).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @CsvSource({
        "cursor=nonsense",
        "cursor=%20",
        "cursor=",
        "cursor=Li4",
        "cursor=cC0x%3D",
        "limit=0",
        "limit=501",
        "limit=x",
        "limit=99999999999"
    })
    void aForgedCursorOrLimitIsRefused(String query) {
        assertProblem(admin.get("/admin/v1/agents?" + query), 400, "invalid-request");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            {"kind": "Tool"}                                                     | kind
            {"name": "other"}                                                    | name
            {"owner": null}                                                      | owner
            {"owner": "  "}                                                      | owner
            {"owner": "a\\u0007b"}                                               | owner
            {"purpose": null}                                                    | purpose
            {"purpose": "line\\nbreak"}                                          | purpose
            {"task_types": null}                                                 | task_types
            {"task_types": []}                                                   | task_types
            {"task_types": ["Not A Name"]}                                       | task_types[0]
            {"task_types": ["a", "a"]}                                           | task_types[1]
            {"task_types": [null]}                                               | task_types[0]
            {"identities": [null]}                                               | identities[0]
            {"identities": [{"issuer": "workloads"}]}                            | identities[0].subject
            {"identities": [{"issuer": "No!", "subject": "s"}]}                  | identities[0].issuer
            {"identities": [{"issuer": "i", "subject": " "}]}                    | identities[0].subject
            {"identities": [{"issuer": "i", "subject": "s"}, {"issuer": "i", "subject": "s"}]} | identities[1]
            {"tools": [{"tool": "orders-db", "actions": []}]}                    | tools[0].actions
            {"tools": [{"tool": "orders-db"}]}                                   | tools[0].actions
            {"tools": [{"tool": "../db", "actions": ["read"]}]}                  | tools[0].tool
            {"tools": [{"tool": "t", "actions": ["r"]}, {"tool": "t", "actions": ["w"]}]} | tools[1]
            {"max_ttl": "PT0S"}                                                  | max_ttl
            {"max_ttl": "-PT1M"}                                                 | max_ttl
            {"max_ttl": "PT24H1S"}                                               | max_ttl
            {"max_ttl": "P1M"}                                                   | max_ttl
            {"max_ttl": 300}                                                     | max_ttl
            {"max_live_leases": 0}                                               | max_live_leases
            {"max_live_leases": 100001}                                          | max_live_leases
            {"max_live_leases": "5"}                                             | max_live_leases
            {"max_live_leases": 1.5}                                             | max_live_leases
            {"max_delegation_depth": -1}                                         | max_delegation_depth
            {"max_delegation_depth": 17}                                         | max_delegation_depth
            {"fingerprint": {"prompt_sha256": "ABC"}}                            | fingerprint.prompt_sha256
            {"fingerprint": {"model": ""}}                                       | fingerprint.model
            {"fingerprint": {"colour": "red"}}                                   | fingerprint.colour
            {"on_behalf_of": [{"issuer": "corp", "clients": []}]}                | on_behalf_of[0].clients
            {"on_behalf_of": [{"issuer": "corp", "clients": ["a", "a"]}]}        | on_behalf_of[0].clients[1]
            {"delegates_to": ["a", "a"]}                                         | delegates_to[1]
            {"review_by": "tomorrow"}                                            | review_by
            {"review_by": "+999999999-12-31"}                                    | review_by
            {"state": "sleeping"}                                                | state
            {"state": "ACTIVE"}                                                  | state
            """)
    void aWrongMemberIsNamed(String members, String path) {
        Answer refused = admin.put(AGENTS + "a-wrong", An.agent("a-wrong", members));

        assertProblem(refused, 400, "invalid-member");
        assertThat(refused.json().get("member").stringValue()).isEqualTo(path);
        assertThat(admin.get(AGENTS + "a-wrong").status()).isEqualTo(404);
    }

    @Test
    void longTextsAndListsAreRefused() {
        String many = String.join(
                ",", IntStream.range(0, 257).mapToObj(i -> "\"t" + i + "\"").toList());
        for (String members : List.of(
                "{\"owner\": \"" + "o".repeat(256) + "\"}",
                "{\"purpose\": \"" + "é".repeat(2049) + "\"}",
                "{\"task_types\": [" + many + "]}",
                "{\"identities\": [{\"issuer\": \"i\", \"subject\": \"" + "s".repeat(2049) + "\"}]}")) {
            assertProblem(admin.put(AGENTS + "a-long", An.agent("a-long", members)), 400, "invalid-member");
        }
    }

    @Test
    void theLongestAllowedFits() {
        String members = "{\"purpose\": \"" + "é".repeat(2048) + "\", \"identities\": [{\"issuer\": \"" + "i".repeat(63)
                + "\", \"subject\": \"" + "z".repeat(2048) + "\"}]}";

        assertThat(admin.put(AGENTS + "a-longest", An.agent("a-longest", members))
                        .status())
                .isEqualTo(201);
    }

    @Test
    void anIdentityBelongsToOneAgent() {
        admin.put(AGENTS + "a-first", An.agent("shared-subject"));

        Answer second = admin.put(AGENTS + "a-second", An.agent("shared-subject"));

        assertProblem(second, 409, "conflict");
        assertThat(second.text()).contains("shared-subject").doesNotContain("a-first");
        assertThat(admin.get(AGENTS + "a-second").status()).isEqualTo(404);
    }

    @Test
    void ofTwoWhoClaimAnIdentityAtOnceOneWins() throws Exception {
        List<Callable<Answer>> both = List.of(
                () -> admin.put(AGENTS + "race-1", An.agent("raced")),
                () -> admin.put(AGENTS + "race-2", An.agent("raced")),
                () -> admin.put(AGENTS + "race-3", An.agent("raced")),
                () -> admin.put(AGENTS + "race-4", An.agent("raced")));

        try (var threads = Executors.newFixedThreadPool(both.size())) {
            List<Integer> statuses = new ArrayList<>();
            for (Future<Answer> answer : threads.invokeAll(both)) {
                statuses.add(answer.get().status());
            }

            assertThat(statuses).containsExactlyInAnyOrder(201, 409, 409, 409);
        }
    }

    @Test
    void retiredIsFinalAndFreesIdentitiesButNotTheName() {
        admin.put(AGENTS + "a-retired", An.agent("retired-subject"));
        Answer retired = admin.put(AGENTS + "a-retired", An.agent("retired-subject", "{\"state\": \"retired\"}"));

        Answer revived = admin.put(AGENTS + "a-retired", An.agent("retired-subject"));
        Answer suspended = admin.put(AGENTS + "a-retired", An.agent("retired-subject", "{\"state\": \"suspended\"}"));
        Answer successor = admin.put(AGENTS + "a-successor", An.agent("retired-subject"));

        assertThat(retired.status()).isEqualTo(200);
        assertProblem(revived, 409, "conflict");
        assertProblem(suspended, 409, "conflict");
        assertThat(successor.status()).isEqualTo(201);
        assertThat(admin.get(AGENTS + "a-retired").json().get("state").stringValue())
                .isEqualTo("retired");
    }

    @Test
    void liveLeasesHoldAnAgentUntilTheyAreRevoked() {
        admin.put(AGENTS + "a-leased", An.agent("a-leased"));
        UUID lease = ledger.liveLease("a-leased", "some-tool");

        Answer held = admin.delete(AGENTS + "a-leased");
        String before = ledger.leaseState(lease);
        Answer deleted = admin.delete(AGENTS + "a-leased?revoke=true");

        assertProblem(held, 409, "conflict");
        assertThat(before).isEqualTo("active");
        assertThat(deleted.status()).isEqualTo(204);
        assertThat(ledger.leaseState(lease)).isIn("revoking", "revoked");
    }

    static void assertProblem(Answer answer, int status, String type) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
        assertThat(answer.header("Content-Type")).startsWith("application/problem+json");
        assertThat(answer.json().get("type").stringValue()).isEqualTo("urn:errand:problem:" + type);
        assertThat(answer.json().get("detail").stringValue()).endsWith(".");
        assertThat(answer.text()).doesNotContain("io.errand", "Exception", "jackson", "java.");
    }
}
