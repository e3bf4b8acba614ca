package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire.Answer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** A child task that waits for a person is still no more than what was handed over, and nothing once the parent has ended. */
@BrokerTest
class DeferredDelegationsTest {

    private final Scene scene;
    private final Family family;
    private final Refusals refusals;

    DeferredDelegationsTest(@LocalServerPort int port, @Autowired JdbcClient jdbc) {
        scene = new Scene(port);
        family = Family.at(scene);
        refusals = new Refusals(scene, jdbc);
    }

    @BeforeEach
    void registered() {
        family.register();
        scene.permits("""
                permit(principal, action, resource) when { context.task.depth == 0 };
                @approval("finance") permit(principal, action, resource) when { context.task.depth > 0 };
                """);
    }

    @Test
    void onceApprovedTheChildHasWhatWasHandedOverAndNoMore() {
        JsonNode parent = family.task();
        JsonNode waiting = waiting(parent);
        scene.approve(waiting);

        JsonNode child = Family.granted(scene.exchange(poll(family.child(), waiting)));

        JsonNode claims = scene.verified(Family.token(child));
        assertThat(claims.path("task").path("root").asString()).isEqualTo(Family.id(parent));
        assertThat(claims.path("act").path("sub").asString()).isEqualTo("agent:" + family.child());
        assertThat(child.path("authorization_details").path(0).path("actions").toString())
                .isEqualTo("[\"read\"]");
        assertThat(Family.end(child.path("task"))).isBeforeOrEqualTo(Family.end(parent.path("task")));
        assertThat(family.view(child).json().path("depth").asInt(1)).isEqualTo(1);
        Map<String, String> wider = family.more(family.child(), child, "write");
        assertThat(scene.exchange(wider).status()).isEqualTo(400);
        refusals.assertRefused(
                new Refusals.Expected(400, "invalid_grant", "deferral_redeemed"),
                () -> scene.exchange(poll(family.child(), waiting)));
        scene.complete(parent);
        assertThat(family.state(child)).isNotEqualTo("active");
    }

    @Test
    void onceTheParentHasEndedWhatWasApprovedIsDenied() {
        JsonNode parent = family.task();
        JsonNode waiting = waiting(parent);
        scene.approve(waiting);
        scene.complete(parent);

        refusals.assertRefused(
                new Refusals.Expected(400, "access_denied", "parent_ended"),
                () -> scene.exchange(poll(family.child(), waiting)));
    }

    @Test
    void nobodyElseCollectsIt() {
        JsonNode waiting = waiting(family.task());
        scene.approve(waiting);

        for (String other : List.of(family.parent(), family.grandchild())) {
            refusals.assertRefused(
                    new Refusals.Expected(400, "invalid_grant", "deferral_unknown"),
                    () -> scene.exchange(poll(other, waiting)));
        }
    }

    private JsonNode waiting(JsonNode parent) {
        Map<String, String> form = family.takes(family.child(), family.handed(parent, family.child(), "read"), "read");
        form.put("completion_mode", "deferred");
        Answer answer = scene.exchange(form);
        assertThat(answer.json().path("error").asString()).as(answer.text()).isEqualTo("authorization_pending");
        return answer.json();
    }

    private static Map<String, String> poll(String agent, JsonNode waiting) {
        Map<String, String> form = new LinkedHashMap<>();
        form.put("grant_type", "urn:ietf:params:oauth:grant-type:deferred");
        form.put("deferral_code", waiting.path("deferral_code").asString());
        form.put("actor_token", Surroundings.WORKLOADS.token(agent));
        form.put("actor_token_type", Scene.JWT);
        return form;
    }
}
