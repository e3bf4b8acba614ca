package io.errand.approval;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.exchange.Refusals;
import io.errand.exchange.Refusals.Expected;
import io.errand.testing.BrokerTest;
import io.errand.testing.Postgres;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire.Answer;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** An approval is used by one grant, also where a task asks for more; only a retry of that grant gets its answer again. */
@BrokerTest
class ApprovedOnceTest {

    private static final Expected USED = new Expected(400, "invalid_grant", "approval_used");

    private final String agent = Scene.name("agent");
    private final String tool = Scene.name("orders");
    private final String key = Scene.name("key");
    private final Scene scene;
    private final Office office;
    private final Refusals refusals;
    private final JdbcClient jdbc;

    ApprovedOnceTest(@LocalServerPort int port, @Autowired JdbcClient jdbc) {
        this.scene = new Scene(port);
        this.office = new Office(scene, jdbc);
        this.refusals = new Refusals(scene, jdbc);
        this.jdbc = jdbc;
    }

    @BeforeEach
    void registered() {
        scene.postgresTool(tool, Map.of());
        scene.agent(agent, tool, Map.of());
        scene.permits("""
                @id("both") permit(principal, action, resource) when { context.actions.containsAll(["read", "write"]) };
                @id("writes") @approval("finance")
                permit(principal, action, resource) when { context.actions == ["write"] };
                """);
    }

    private JsonNode task() {
        Answer granted = scene.exchange(Scene.request(agent, tool, "read", "write"));
        assertThat(granted.status()).as(granted.text()).isEqualTo(200);
        return granted.json();
    }

    private Map<String, String> more(JsonNode task) {
        Map<String, String> more = Office.patient(agent, tool, "write");
        more.remove("task");
        more.put("actor_token", more.get("subject_token"));
        more.put("actor_token_type", Scene.JWT);
        more.put("subject_token", task.path("access_token").asString());
        more.put("subject_token_type", Scene.ACCESS_TOKEN);
        return more;
    }

    private JsonNode approved(JsonNode task) {
        JsonNode waiting = office.deferred(more(task));
        office.approve(waiting);
        return waiting;
    }

    private Answer collect(JsonNode waiting, String with) {
        office.passInterval(waiting);
        return scene.anonymous().with("Idempotency-Key", with).form("/oauth2/token", Office.pollForm(agent, waiting));
    }

    private JsonNode collected(JsonNode waiting) {
        Answer granted = collect(waiting, key);
        assertThat(granted.status()).as(granted.text()).isEqualTo(200);
        return granted.json();
    }

    private void revoke(JsonNode granted) {
        String lease = granted.path("credentials").path(0).path("lease_id").asString();
        Answer revoked = scene.as("errand.operator")
                .post("/admin/v1/revocations", Map.of("scope", Map.of("lease", lease), "reason", "not this one"));
        assertThat(revoked.status()).as(revoked.text()).isEqualTo(202);
    }

    private long ofWriting(String state) {
        return jdbc.sql("SELECT count(*) FROM lease WHERE agent = :agent AND actions = '{write}' AND state = :state")
                .param("agent", agent)
                .param("state", state)
                .query(Long.class)
                .single();
    }

    @Test
    void moreOfTheSameTaskIsGrantedOnceWhateverKeysCome() {
        JsonNode task = task();
        JsonNode waiting = approved(task);
        collected(waiting);

        for (int i = 0; i < 5; i++) {
            String another = key + i;
            refusals.assertRefused(USED, () -> collect(waiting, another));
        }
        refusals.assertRefused(
                new Expected(400, "invalid_grant", "deferral_redeemed"), () -> office.collect(agent, waiting));

        assertThat(ofWriting("active")).isEqualTo(1);
        scene.complete(task);
    }

    @Test
    void aRetryOfThatGrantGetsItsAnswerAgainInPlaceOfTheFirst() {
        JsonNode task = task();
        JsonNode waiting = approved(task);
        collected(waiting);

        Answer again = collect(waiting, key);

        assertThat(again.status()).as(again.text()).isEqualTo(200);
        assertThat(ofWriting("active")).isEqualTo(1);
        refusals.assertRefused(USED, () -> collect(waiting, key + "-other"));
        scene.complete(task);
    }

    @Test
    void whatAnOperatorRevokedComesByNoKey() {
        JsonNode task = task();
        JsonNode waiting = approved(task);
        revoke(collected(waiting));

        refusals.assertRefused(USED, () -> collect(waiting, key + "-other"));
        refusals.assertRefused(new Expected(400, "invalid_grant", "approval_revoked"), () -> collect(waiting, key));

        assertThat(ofWriting("active")).isZero();
        scene.complete(task);
    }

    /** The same request, approved twice, is two grants: a key of one is no key of the other. */
    @Test
    void aKeyIsOfOneApproval() {
        JsonNode task = task();
        JsonNode first = approved(task);
        JsonNode second = approved(task);
        collected(first);

        refusals.assertRefused(
                new Expected(400, "invalid_request", "idempotency_key_reused"), () -> collect(second, key));
        Answer granted = collect(second, key + "-second");

        assertThat(granted.status()).as(granted.text()).isEqualTo(200);
        assertThat(ofWriting("active")).isEqualTo(2);
        scene.complete(task);
    }

    /** A grant that could not be made gives back its own approval, once; the key begins anew. */
    @Test
    void whatIsGivenBackIsGrantedOnceToo() {
        JsonNode task = task();
        JsonNode waiting = approved(task);
        Postgres.shared().execute(Surroundings.TARGET_DATABASE, "ALTER ROLE orders_writer RENAME TO away");
        Answer refused;
        try {
            refused = collect(waiting, key);
        } finally {
            Postgres.shared().execute(Surroundings.TARGET_DATABASE, "ALTER ROLE away RENAME TO orders_writer");
        }
        Answer granted = collect(waiting, key + "-later");

        assertThat(refused.status()).as(refused.text()).isEqualTo(400);
        assertThat(refused.json().path("error").asString()).isEqualTo("invalid_target");
        assertThat(granted.status()).as(granted.text()).isEqualTo(200);
        refusals.assertRefused(USED, () -> collect(waiting, key));
        assertThat(ofWriting("active")).isEqualTo(1);
        scene.complete(task);
    }
}
