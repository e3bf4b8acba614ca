package io.errand.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.errand.broker.policy.Policies;
import io.errand.policy.PolicyAdmin.Answer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** Versions are kept, one is in force, and what is wrong is refused with its place. */
@PolicyTest
class PolicyRegistryTest {

    private static final String PERMIT = "permit(principal, action, resource);";
    private static final String FORBID = "forbid(principal, action, resource);";

    @Autowired
    private PolicyAdmin admin;

    @Autowired
    private Policies policies;

    @Autowired
    private JdbcClient jdbc;

    @Test
    void aSaveIsANewVersionAndTheOldOneIsKept() {
        Answer first = admin.put("/versions", Map.of("cedar", PERMIT, "reason", "first"), null);
        Answer second = admin.put("/versions", Map.of("cedar", FORBID), first.etag());

        assertThat(first.status()).isEqualTo(201);
        assertThat(first.etag()).isEqualTo("\"1\"");
        assertThat(second.status()).isEqualTo(200);
        assertThat(second.etag()).isEqualTo("\"2\"");
        JsonNode now = admin.get("/versions").body();
        assertThat(now.get("cedar").asString()).isEqualTo(FORBID);
        assertThat(now.get("status").asString()).isEqualTo("active");
        JsonNode before = admin.get("/versions?version=1").body();
        assertThat(before.get("cedar").asString()).isEqualTo(PERMIT);
        assertThat(before.get("status").asString()).isEqualTo("superseded");
        assertThat(before.get("author").asString()).isEqualTo(PolicyAdmin.WHO);
        assertThat(before.get("reason").asString()).isEqualTo("first");
        assertThat(admin.get("/versions?version=3").status()).isEqualTo(404);
    }

    @Test
    void aDraftIsShownUntilOneIsInForce() {
        admin.put("/drafted", Map.of("cedar", FORBID, "status", "draft"), null);
        assertThat(admin.get("/drafted").body().get("status").asString()).isEqualTo("draft");

        admin.put("/drafted", Map.of("cedar", PERMIT), "\"1\"");
        Answer draft = admin.put("/drafted", Map.of("cedar", FORBID, "status", "draft"), "\"2\"");

        assertThat(admin.get("/drafted").etag()).isEqualTo("\"2\"");
        assertThat(draft.etag()).isEqualTo("\"3\"");
        assertThat(admin.put("/drafted", Map.of("cedar", FORBID), draft.etag()).etag())
                .isEqualTo("\"4\"");
    }

    @Test
    void aStaleVersionIsRefused() {
        admin.put("/stale", Map.of("cedar", PERMIT), null);
        admin.put("/stale", Map.of("cedar", FORBID), "\"1\"");

        Answer late = admin.put("/stale", Map.of("cedar", PERMIT), "\"1\"");
        Answer absent = admin.put("/stale-and-absent", Map.of("cedar", PERMIT), "\"1\"");

        assertThat(late.status()).isEqualTo(412);
        assertThat(late.contentType()).startsWith("application/problem+json");
        assertThat(absent.status()).isEqualTo(412);
        assertThat(admin.get("/stale").etag()).isEqualTo("\"2\"");
    }

    @Test
    void deletedIsOutOfForceAndItsVersionsAreKept() {
        admin.put("/gone", Map.of("cedar", PERMIT), null);

        assertThat(admin.delete("/gone").status()).isEqualTo(204);

        assertThat(admin.get("/gone").status()).isEqualTo(404);
        assertThat(admin.delete("/gone").status()).isEqualTo(404);
        assertThat(admin.get("/gone?version=1").body().get("status").asString()).isEqualTo("deleted");
        assertThat(admin.put("/gone", Map.of("cedar", PERMIT), null).etag()).isEqualTo("\"2\"");
    }

    @Test
    void theListHasOnePageAfterTheOther() {
        for (String name : List.of("list-a", "list-b", "list-c")) {
            admin.put("/" + name, Map.of("cedar", PERMIT), null);
        }

        List<String> names = new ArrayList<>();
        String query = "?limit=2";
        for (JsonNode page; !query.isEmpty(); ) {
            page = admin.get(query).body();
            page.get("items").forEach(item -> names.add(item.get("name").asString()));
            query = page.hasNonNull("next")
                    ? "?limit=2&cursor=" + page.get("next").asString()
                    : "";
        }

        assertThat(names).isSorted().doesNotHaveDuplicates().contains("list-a", "list-b", "list-c");
    }

    @Test
    void changesAreAuditedWithVersionAndAuthor() {
        admin.put("/audited", Map.of("cedar", PERMIT, "status", "draft"), null);
        admin.put("/audited", Map.of("cedar", PERMIT), null);
        admin.put("/audited", Map.of("cedar", FORBID), null);
        admin.put("/audited", Map.of("cedar", "nonsense"), null);
        admin.delete("/audited");

        assertThat(jdbc.sql("""
                        SELECT kind || ' ' || who || ' ' || (details->>'version') || coalesce(' for ' || (details->>'superseded'), '')
                        FROM audit_event WHERE details->>'policy' = 'audited' ORDER BY at
                        """).query(String.class).list())
                .containsExactly(
                        "policy.created person:people:root 1",
                        "policy.created person:people:root 2",
                        "policy.activated person:people:root 2",
                        "policy.created person:people:root 3",
                        "policy.activated person:people:root 3 for 2",
                        "policy.deleted person:people:root 3");
    }

    @Test
    void anOlderVersionIsPutBackInForce() {
        admin.put("/back", Map.of("cedar", PERMIT, "reason", "first"), null);
        admin.put("/back", Map.of("cedar", FORBID, "reason", "second"), null);

        Answer back = admin.post("/back/activate", Map.of("version", 1, "reason", "second was wrong"));

        assertThat(back.status()).as("%s", back.body()).isEqualTo(200);
        assertThat(back.etag()).isEqualTo("\"1\"");
        assertThat(admin.get("/back").body().path("cedar").asString()).isEqualTo(PERMIT);
        JsonNode versions = admin.get("/back/versions").body().path("items");
        assertThat(versions.path(0).path("version").asInt()).isEqualTo(2);
        assertThat(versions.path(0).path("status").asString()).isEqualTo("superseded");
        assertThat(versions.path(0).path("reason").asString()).isEqualTo("second");
        assertThat(versions.path(1).path("status").asString()).isEqualTo("active");
        assertThat(versions.path(1).path("author").asString()).isEqualTo(PolicyAdmin.WHO);
        assertThat(jdbc.sql("""
                        SELECT details->>'reason' FROM audit_event
                        WHERE kind = 'policy.activated' AND details->>'policy' = 'back' ORDER BY id DESC LIMIT 1
                        """).query(String.class).single()).isEqualTo("second was wrong");
    }

    @Test
    void aDraftIsPutInForceUnderItsNumber() {
        admin.put("/ready", Map.of("cedar", PERMIT), null);
        admin.put("/ready", Map.of("cedar", FORBID, "status", "draft"), null);

        assertThat(admin.post("/ready/activate", Map.of("version", 2)).status()).isEqualTo(200);

        assertThat(admin.get("/ready").etag()).isEqualTo("\"2\"");
        assertThat(admin.post("/ready/activate", Map.of("version", 2)).status()).isEqualTo(409);
    }

    @Test
    void whatCannotBePutInForceIsRefused() {
        admin.put("/held", Map.of("cedar", PERMIT), null);
        jdbc.sql("""
                        INSERT INTO policy_version (id, name, version, status, cedar, author)
                        VALUES (gen_random_uuid(), 'held', 7, 'superseded', 'forbid(', 'nobody')
                        """).update();

        assertThat(admin.post("/held/activate", Map.of()).status()).isEqualTo(400);
        assertThat(admin.post("/held/activate", Map.of("version", 5)).status()).isEqualTo(404);
        assertThat(admin.post("/held/activate", Map.of("version", 7)).status()).isEqualTo(422);
        assertThat(admin.post("/never/activate", Map.of("version", 1)).status()).isEqualTo(404);
        assertThat(admin.get("/never/versions").status()).isEqualTo(404);
        assertThat(admin.put("/held", Map.of("cedar", PERMIT, "pdp", "nowhere"), null)
                        .status())
                .isEqualTo(400);
        assertThat(admin.get("/held").etag()).isEqualTo("\"1\"");
    }

    @Test
    void versionsHaveOnePageAfterTheOther() {
        for (int i = 0; i < 3; i++) {
            admin.put("/many", Map.of("cedar", PERMIT), null);
        }

        JsonNode first = admin.get("/many/versions?limit=2").body();
        JsonNode second = admin.get(
                        "/many/versions?limit=2&cursor=" + first.path("next").asString())
                .body();

        assertThat(first.path("items").size()).isEqualTo(2);
        assertThat(second.path("items").path(0).path("version").asInt()).isEqualTo(1);
        assertThat(second.has("next")).isFalse();
        assertThat(admin.get("/many/versions?limit=0").status()).isEqualTo(400);
        assertThat(admin.get("/many/versions?cursor=x").status()).isEqualTo(400);
    }

    @Test
    void savesAtOnceAreVersionsOneAfterTheOther() throws Exception {
        Callable<Integer> save = () -> admin.activate("/raced", PERMIT);

        List<Integer> versions = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Integer> saved : threads.invokeAll(Collections.nCopies(8, save))) {
                versions.add(saved.get());
            }
        }

        assertThat(versions)
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.rangeClosed(1, 8).boxed().toList());
        assertThat(jdbc.sql("SELECT version FROM policy_version WHERE name = 'raced' AND status = 'active'")
                        .query(Integer.class)
                        .list())
                .containsExactly(8);
    }

    @Test
    void ofSavesOnTheSameVersionOneWins() throws Exception {
        admin.activate("/raced-on-one", PERMIT);
        Callable<Integer> save = () ->
                admin.put("/raced-on-one", Map.of("cedar", FORBID), "\"1\"").status();

        List<Integer> statuses = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Integer> saved : threads.invokeAll(Collections.nCopies(4, save))) {
                statuses.add(saved.get());
            }
        }

        assertThat(statuses).containsExactlyInAnyOrder(200, 412, 412, 412);
    }

    static Stream<Arguments> flaws() {
        String when = "permit(principal, action, resource)\nwhen { ";
        return Stream.of(
                arguments("permit(principal, action", 1, 25, "unexpected end of input"),
                arguments("// é\n" + PERMIT + "\n\n" + when + "\"é\" = 1 };", 5, 8, "'=' is not a valid operator"),
                arguments(PERMIT + " rubbish", 1, 45, "unexpected"),
                arguments(PERMIT + "\n/* no such comment */", 2, 1, "unexpected token"),
                arguments(when + "\"open };", 2, 8, "invalid token"),
                arguments(when + "resource.colour == \"red\" };", 2, 8, "attribute `colour`"),
                arguments(
                        PERMIT + "\n" + FORBID + "\n" + when + "context.runtime.isolated };",
                        4,
                        8,
                        "optional attribute `runtime"),
                arguments(when + "resource.name == 3 };", 2, 8, "not compatible"),
                arguments(
                        "permit(principal == Agent::\"a\", action, resource);", 1, 21, "did you mean `Errand::Agent`"),
                arguments(
                        "permit(principal, action == Action::\"use\", resource);",
                        1,
                        29,
                        "did you mean `Errand::Action"),
                arguments("permit(principal == ?principal, action, resource);", 1, 21, "template"),
                arguments("\n@max_ttl(\"soon\") " + PERMIT, 2, 1, "ISO 8601"),
                arguments("@id(\"a\") @max_ttl(\"P1M\")\n" + PERMIT, 1, 10, "ISO 8601"),
                arguments("@id(\"@max_ttl\")\n@max_ttl(\"PT0S\") " + PERMIT, 1, 1, "@id has"),
                arguments("// @max_ttl\n@reason(\"x\")\n@max_ttl(\"PT0S\") " + PERMIT, 3, 1, "ISO 8601"),
                arguments("@approval " + PERMIT, 1, 1, "names a group"),
                arguments("@aproval(\"finance\") " + PERMIT, 1, 1, "@aproval is not known"),
                arguments("@approvers(\"2\") " + PERMIT, 1, 1, "there is none here"),
                arguments("@approval(\"f\") @approvers(\"11\") " + PERMIT, 1, 16, "from 1 to 10"),
                arguments("@approval(\"f\") @approvers " + FORBID, 1, 1, "belongs on a permit"),
                arguments("@liftable " + PERMIT, 1, 1, "nothing to lift"),
                arguments("@observe(\"no\") " + PERMIT, 1, 1, "has no value"),
                arguments("@require_dpop(\"false\") " + PERMIT, 1, 1, "has no value"),
                arguments("@approval(\"finance\") " + FORBID, 1, 1, "belongs on a permit"),
                arguments("@reason(\"a\") @reason(\"b\") " + PERMIT, 1, 14, "duplicate annotation"),
                arguments("@id(\"a\") " + PERMIT + "\n@id(\"a\") " + FORBID, 2, 1, "another policy 'a'"),
                arguments("@id(\"policy1\") " + PERMIT + "\n" + FORBID, 2, 1, "another policy 'policy1'"),
                arguments(
                        when + "(".repeat(100_000) + "true" + ")".repeat(100_000) + " };",
                        1,
                        1,
                        "at most 16384 characters"),
                arguments(when + "(".repeat(200) + "true" + ")".repeat(200) + " };", 2, 23, "nested at most"),
                arguments(
                        when + "if true then ".repeat(17) + "true" + " else true".repeat(17) + " };", 2, 216, "'if'"));
    }

    @ParameterizedTest
    @MethodSource("flaws")
    void aFlawIsRefusedWithItsPlace(String cedar, int line, int column, String sentence) {
        Answer refused = admin.put("/flawed", Map.of("cedar", cedar), null);

        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.contentType()).startsWith("application/problem+json");
        assertThat(refused.body().get("type").asString()).isEqualTo("urn:errand:problem:invalid-policy");
        assertThat(refused.body().get("detail").asString())
                .contains(sentence)
                .startsWith("Line " + line + ", column " + column + ": ")
                .doesNotContainPattern("Exception|com\\.|java|JNI|`policy[0-9]");
        assertThat(refused.body().get("line").asInt()).isEqualTo(line);
        assertThat(refused.body().get("column").asInt()).isEqualTo(column);
        assertThat(admin.get("/flawed").status()).isEqualTo(404);
    }

    static Stream<Arguments> wrongMembers() {
        return Stream.of(
                arguments(Map.of("status", "draft"), "cedar"),
                arguments(Map.of("cedar", PERMIT, "status", "superseded"), "status"),
                arguments(Map.of("cedar", PERMIT, "kind", "Tool"), "kind"),
                arguments(Map.of("cedar", PERMIT, "name", "other"), "name"),
                arguments(Map.of("cedar", PERMIT, "reason", "x".repeat(1001)), "reason"));
    }

    @ParameterizedTest
    @MethodSource("wrongMembers")
    void aWrongMemberIsRefused(Map<String, Object> resource, String member) {
        Answer refused = admin.put("/members", resource, null);

        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.body().get("member").asString()).isEqualTo(member);
    }

    @Test
    void whatStandsAtEveryLimitIsAccepted() {
        String deep = "permit(principal, action, resource) when { " + "(".repeat(14) + "if true then ".repeat(16)
                + "(true)" + " else true".repeat(16) + ")".repeat(14) + " };";
        String chain = "permit(principal, action, resource) when { 1" + "+1".repeat(8_000) + " == 1 };";

        for (String cedar : List.of(deep, chain)) {
            assertThat(admin.put("/limits", Map.of("cedar", cedar), null).etag())
                    .isNotNull();
            assertThat(policies.decide(Ask.toRead().question())).isNotNull();
        }
        admin.delete("/limits");
    }
}
