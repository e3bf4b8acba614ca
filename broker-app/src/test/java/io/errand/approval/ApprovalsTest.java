package io.errand.approval;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.api.Json;
import io.errand.testing.BrokerTest;
import io.errand.testing.BusyService;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire.Answer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** A request waits for a person, and what they approved is granted once, exactly so, and to nobody else. */
@BrokerTest
class ApprovalsTest {

    private final String agent = Scene.name("agent");
    private final String tool = Scene.name("erp");
    private final Scene scene;
    private final Office office;
    private final JdbcClient jdbc;

    ApprovalsTest(@LocalServerPort int port, @Autowired JdbcClient jdbc) {
        this.scene = new Scene(port);
        this.office = new Office(scene, jdbc);
        this.jdbc = jdbc;
    }

    @BeforeEach
    void registered() {
        scene.jwtTool(tool, Map.of());
        scene.agent(agent, tool, Map.of());
        scene.permits(policy("@approval(\"finance\")"));
    }

    private String policy(String annotations) {
        return """
                @id("reads") permit(principal, action, resource) when { ["read"].containsAll(context.actions) };
                @id("writes") %s @max_ttl("PT2M")
                permit(principal == Errand::Agent::"%s", action, resource) when { context.actions == ["write"] };
                """.formatted(annotations, agent);
    }

    @Test
    void itWaitsIsApprovedByAnotherPersonAndGrantedOnce() throws Exception {
        JsonNode waiting = office.deferred(Office.patient(agent, tool, "write"));
        String code = waiting.path("deferral_code").asString();
        Answer pending = office.poll(agent, waiting);
        Answer tooSoon = office.poll(agent, waiting);
        JsonNode shown = office.shown(waiting);
        office.approve(waiting);
        Answer granted = office.collect(agent, waiting);
        Answer again = office.collect(agent, waiting);

        assertThat(code).hasSizeGreaterThanOrEqualTo(43);
        assertThat(waiting.path("expires_in").asInt()).isBetween(3500, 3600);
        assertThat(waiting.path("interval").asInt()).isEqualTo(5);
        assertThat(waiting.path("approval").path("url").asString())
                .endsWith("/admin/v1/approvals/" + Office.id(waiting));
        assertThat(pending.json().path("error").asString()).isEqualTo("authorization_pending");
        assertThat(pending.text()).doesNotContain(code);
        assertThat(tooSoon.json().path("error").asString()).isEqualTo("slow_down");
        byte[] sha256 = MessageDigest.getInstance("SHA-256")
                .digest(shown.path("request").asString().getBytes(StandardCharsets.UTF_8));
        assertThat(Office.digest(waiting)).isEqualTo("sha256:" + HexFormat.of().formatHex(sha256));
        assertThat(shown.path("request").asString())
                .contains("\"purpose\":\"test\"", "\"actions\":[\"write\"]", "\"max_ttl\":\"PT2M\"", "@", tool, agent)
                .doesNotContain(code);
        assertThat(granted.status()).as(granted.text()).isEqualTo(200);
        assertThat(granted.json()
                        .path("credentials")
                        .path(0)
                        .path("actions")
                        .path(0)
                        .asString())
                .isEqualTo("write");
        office.assertRefused(again, "invalid_grant", "deferral_redeemed");
        assertThat(office.story(waiting))
                .containsExactly("approval.requested", "approval.approved", "approval.consumed", "exchange.granted");
        assertThat(jdbc.sql("SELECT count(*) FROM approval WHERE approval::text LIKE '%' || :code || '%'")
                        .param("code", code)
                        .query(Long.class)
                        .single())
                .isZero();
        assertThat(office.shown(waiting).path("state").asString()).isEqualTo("consumed");
        scene.end(granted.json());
    }

    @Test
    void whoCannotWaitIsDeniedAndNobodyIsAsked() {
        long before = approvals();

        Answer denied = scene.exchange(Scene.request(agent, tool, "write"));
        Map<String, String> odd = Scene.request(agent, tool, "write");
        odd.put("completion_mode", "later");

        office.assertRefused(denied, "access_denied", "approval_required");
        office.assertRefused(scene.exchange(odd), "invalid_request", "completion_mode");
        assertThat(approvals()).isEqualTo(before);
    }

    @Test
    void aLockStopsWhatWaitsAndWhatWouldWait() {
        JsonNode waiting = office.deferred(Office.patient(agent, tool, "write"));
        office.approve(waiting);
        Answer lock = scene.as("errand.operator")
                .post("/admin/v1/revocations", Map.of("scope", Map.of("agent", agent), "reason", "test", "lock", true));
        long before = approvals();

        office.assertRefused(office.poll(agent, waiting), "access_denied", "locked");
        office.assertRefused(scene.exchange(Office.patient(agent, tool, "write")), "access_denied", "locked");
        assertThat(approvals()).isEqualTo(before);
        assertThat(office.shown(waiting).path("state").asString()).isEqualTo("approved");
        scene.as("errand.operator")
                .delete("/admin/v1/locks/" + lock.json().path("lock").asString());
    }

    @Test
    void whatAnAgentWroteIsShownToApproversAsItIs() {
        String purpose = "<script>alert('x')</script> \u202epay 001";
        Map<String, String> form = Office.patient(agent, tool, "write");
        form.put("task", Json.mapper().writeValueAsString(Map.of("type", "triage", "purpose", purpose, "ttl", "PT5M")));

        JsonNode waiting = office.deferred(form);

        assertThat(Json.mapper()
                        .readTree(office.shown(waiting).path("request").asString())
                        .path("task")
                        .path("purpose")
                        .asString())
                .isEqualTo(purpose);
    }

    @Test
    void whatNeedsNoApprovalDoesNotWait() {
        Answer granted = scene.exchange(Office.patient(agent, tool, "read"));

        assertThat(granted.status()).as(granted.text()).isEqualTo(200);
        scene.end(granted.json());
    }

    @Test
    void aDenialIsFinal() {
        JsonNode waiting = office.deferred(Office.patient(agent, tool, "write"));

        Answer denied = office.decide(office.approver("alice", "finance"), waiting, "deny");
        Answer late = office.decide(office.approver("bob", "finance"), waiting, "approve");

        assertThat(denied.status()).as(denied.text()).isEqualTo(200);
        assertThat(late.status()).isEqualTo(409);
        office.assertRefused(office.poll(agent, waiting), "access_denied", "approval_denied");
        office.assertRefused(office.poll(agent, waiting), "access_denied", "approval_denied");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void afterItsTimeItIsWorthNothing(boolean approved) {
        JsonNode waiting = office.deferred(Office.patient(agent, tool, "write"));
        if (approved) {
            office.approve(waiting);
        }
        office.expire(waiting);

        Answer late = office.decide(office.approver("bob", "finance"), waiting, "approve");

        assertThat(late.status()).as(late.text()).isEqualTo(409);
        office.assertRefused(office.poll(agent, waiting), "expired_token", "approval_expired");
        assertThat(office.story(waiting)).contains("approval.expired");
    }

    @Test
    void onlyTheSameAgentCollectsAndOthersLearnNothing() {
        String other = Scene.name("agent");
        scene.agent(other, tool, Map.of());
        JsonNode waiting = office.deferred(Office.patient(agent, tool, "write"));
        office.approve(waiting);
        Map<String, String> guessed = Office.pollForm(agent, waiting);
        guessed.put("deferral_code", "guessed");
        Map<String, String> none = Office.pollForm(agent, waiting);
        none.remove("deferral_code");
        Map<String, String> forged = Office.pollForm(agent, waiting);
        forged.put("actor_token", "eyJhbGciOiJub25lIn0.e30.");

        Answer foreign = office.poll(other, waiting);
        Answer unknown = scene.exchange(guessed);

        office.assertRefused(foreign, "invalid_grant", "deferral_unknown");
        office.assertRefused(unknown, "invalid_grant", "deferral_unknown");
        assertThat(foreign.json().path("error_description"))
                .isEqualTo(unknown.json().path("error_description"));
        office.assertRefused(scene.exchange(none), "invalid_request", "deferral_code_missing");
        assertThat(scene.exchange(forged).json().path("error").asString()).isEqualTo("invalid_request");
        assertThat(office.poll(agent, waiting).status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"agent", "tool", "policy"})
    void itIsVoidOnceAnythingBehindItChanged(String what) {
        JsonNode waiting = office.deferred(Office.patient(agent, tool, "write"));
        office.approve(waiting);
        switch (what) {
            case "agent" -> scene.agent(agent, tool, Map.of("max_ttl", "PT14M"));
            case "tool" -> scene.jwtTool(tool, Map.of("sensitivity", "public"));
            default -> scene.permits(policy("@approval(\"finance\")"));
        }

        Answer refused = office.poll(agent, waiting);

        office.assertRefused(refused, "access_denied", "approval_void");
        assertThat(office.shown(waiting).path("state").asString()).isEqualTo("voided");
        office.assertRefused(office.collect(agent, waiting), "access_denied", "approval_void");
        assertThat(office.story(waiting)).contains("approval.voided").doesNotContain("exchange.granted");
    }

    @Test
    void policyDecidesAgainAtItsUse() {
        JsonNode waiting = office.deferred(Office.patient(agent, tool, "write"));
        office.approve(waiting);
        scene.permits("@reason(\"closed\") forbid(principal, action, resource);");

        office.assertRefused(office.poll(agent, waiting), "access_denied", "policy_forbidden");
        assertThat(office.shown(waiting).path("state").asString()).isEqualTo("approved");
    }

    @Test
    void aRequestThatDiffersInOneCharacterNeedsAnother() {
        JsonNode first = office.deferred(Office.patient(agent, tool, "write"));
        office.approve(first);
        Map<String, String> changed = Office.patient(agent, tool, "write");
        changed.put("task", "{\"type\":\"triage\",\"purpose\":\"tesT\",\"ttl\":\"PT5M\"}");

        JsonNode second = office.deferred(changed);

        assertThat(Office.digest(second)).isNotEqualTo(Office.digest(first));
        assertThat(office.collect(agent, second).json().path("error").asString())
                .isEqualTo("authorization_pending");
        Answer crossed = office.approver("alice", "finance")
                .post(
                        "/admin/v1/approvals/" + Office.id(second),
                        Map.of("decision", "approve", "digest", Office.digest(first)));
        assertThat(crossed.status()).isEqualTo(409);
        assertThat(crossed.json().path("type").asString()).endsWith("digest-mismatch");
    }

    @Test
    void ofManyCollectionsAtOnceOneIsGranted() throws Exception {
        JsonNode waiting = office.deferred(Office.patient(agent, tool, "write"));
        office.approve(waiting);
        // So that no poll is too soon: the race is to the grant itself.
        jdbc.sql("CREATE FUNCTION no_interval() RETURNS trigger LANGUAGE plpgsql AS"
                        + " 'BEGIN NEW.polled_at := NULL; RETURN NEW; END'")
                .update();
        jdbc.sql("CREATE TRIGGER no_interval BEFORE UPDATE ON approval FOR EACH ROW EXECUTE FUNCTION no_interval()")
                .update();
        List<Answer> answers;
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Answer>> polls = IntStream.range(0, 12)
                    .mapToObj(i -> threads.submit(() -> BusyService.ask(() -> office.poll(agent, waiting))))
                    .toList();
            answers = new java.util.ArrayList<>();
            for (Future<Answer> poll : polls) {
                answers.add(poll.get());
            }
        } finally {
            jdbc.sql("DROP FUNCTION no_interval CASCADE").update();
        }

        assertThat(answers).filteredOn(answer -> answer.status() == 200).hasSize(1);
        assertThat(answers)
                .filteredOn(answer -> answer.status() != 200)
                .allSatisfy(answer ->
                        assertThat(answer.json().path("error").asString()).isEqualTo("invalid_grant"));
        assertThat(jdbc.sql("SELECT count(*) FROM task WHERE agent = :agent")
                        .param("agent", agent)
                        .query(Long.class)
                        .single())
                .isEqualTo(1);
    }

    @Test
    void aRetryWithTheSameKeyKeepsTheApprovalAndNeverDoublesIt() {
        JsonNode waiting = office.deferred(Office.patient(agent, tool, "write"));
        office.approve(waiting);
        String key = Scene.name("key");

        Answer first =
                scene.anonymous().with("Idempotency-Key", key).form("/oauth2/token", Office.pollForm(agent, waiting));
        Answer retry =
                scene.anonymous().with("Idempotency-Key", key).form("/oauth2/token", Office.pollForm(agent, waiting));
        Answer otherKey = scene.anonymous()
                .with("Idempotency-Key", key + "x")
                .form("/oauth2/token", Office.pollForm(agent, waiting));

        assertThat(first.status()).as(first.text()).isEqualTo(200);
        assertThat(retry.status()).as(retry.text()).isEqualTo(200);
        assertThat(retry.json().path("task").path("id"))
                .isEqualTo(first.json().path("task").path("id"));
        office.assertRefused(otherKey, "invalid_grant", "approval_used");
        assertThat(jdbc.sql("SELECT count(*) FROM lease WHERE agent = :agent AND state = 'active'")
                        .param("agent", agent)
                        .query(Long.class)
                        .single())
                .isEqualTo(1);
    }

    /** The task's own ceiling has both actions, since its first grant asked for both; policy wants a person for one of them alone. */
    @Test
    void moreForARunningTaskCanWaitToo() {
        scene.permits(
                policy("@approval(\"finance\")")
                        + "@id(\"both\") permit(principal, action, resource) when { context.actions.containsAll([\"read\", \"write\"]) };");
        JsonNode granted =
                scene.exchange(Scene.request(agent, tool, "read", "write")).json();
        Map<String, String> more = Office.patient(agent, tool, "write");
        more.remove("task");
        more.put("actor_token", more.get("subject_token"));
        more.put("actor_token_type", Scene.JWT);
        more.put("subject_token", granted.path("access_token").asString());
        more.put("subject_token_type", Scene.ACCESS_TOKEN);

        JsonNode waiting = office.deferred(more);
        office.approve(waiting);
        Answer collected = office.collect(agent, waiting);
        JsonNode second = office.deferred(more);
        office.approve(second);
        scene.end(granted);
        Answer ended = office.collect(agent, second);

        assertThat(collected.status()).as(collected.text()).isEqualTo(200);
        assertThat(collected.json().path("task").path("id"))
                .isEqualTo(granted.path("task").path("id"));
        office.assertRefused(ended, "access_denied", "task_ended");
    }

    @Test
    void aNumberThatPeopleCouldNotReadExactlyIsRefused() {
        Map<String, String> form = Office.patient(agent, tool, "write");
        form.put("task", "{\"type\":\"triage\",\"context\":{\"amount\":9007199254740993}}");

        office.assertRefused(scene.exchange(form), "invalid_request", "context_number");
    }

    @Test
    void theMetadataSaysSo() {
        JsonNode metadata =
                scene.anonymous().get("/.well-known/oauth-authorization-server").json();

        assertThat(metadata.path("deferred_token_response_supported").asBoolean())
                .isTrue();
        assertThat(metadata.path("grant_types_supported").toString()).contains(Office.DEFERRED);
    }

    @Test
    void onBehalfOfAPersonItIsCollectedWithoutTheirToken() {
        scene.agent(
                agent, tool, Map.of("on_behalf_of", List.of(Map.of("issuer", "people", "clients", List.of("portal")))));
        JsonNode waiting = office.deferred(onBehalfOf("carol"));

        Answer self = office.decide(office.approver("carol", "finance"), waiting, "approve");
        office.approve(waiting);
        Answer granted = office.collect(agent, waiting);

        assertThat(self.status()).isEqualTo(403);
        assertThat(self.json().path("type").asString()).endsWith("own-request");
        assertThat(granted.status()).as(granted.text()).isEqualTo(200);
        assertThat(scene.verified(granted.json().path("access_token").asString())
                        .path("sub")
                        .asString())
                .isEqualTo("person:people:carol");
    }

    private Map<String, String> onBehalfOf(String person) {
        Map<String, String> form = Office.patient(agent, tool, "write");
        form.put("actor_token", form.get("subject_token"));
        form.put("actor_token_type", Scene.JWT);
        form.put("subject_token", Surroundings.PEOPLE.token(person, claims -> claims.claim("azp", "portal")));
        return form;
    }

    private long approvals() {
        return jdbc.sql("SELECT count(*) FROM approval").query(Long.class).single();
    }
}
