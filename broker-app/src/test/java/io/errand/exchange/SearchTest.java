package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Wire.Answer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** What operators find: leases and tasks by what they are about, newest first, a page at a time. */
@BrokerTest
class SearchTest {

    private final String agent = Scene.name("agent");
    private final String tool = Scene.name("erp");
    private final Scene scene;

    SearchTest(@LocalServerPort int port) {
        scene = new Scene(port);
    }

    @BeforeEach
    void registered() {
        scene.jwtTool(tool, Map.of());
        scene.agent(agent, tool, Map.of());
        scene.permits();
    }

    @ParameterizedTest
    @ValueSource(strings = {"tasks", "leases"})
    void pagesNewestFirst(String what) {
        JsonNode first = granted();
        JsonNode second = granted();

        JsonNode page = found("/admin/v1/" + what + "?limit=1&agent=" + agent);
        JsonNode rest = found("/admin/v1/" + what + "?limit=1&agent=" + agent + "&cursor="
                + page.path("next").asString());

        assertThat(ids(page)).containsExactly(id(what, second));
        assertThat(ids(rest)).containsExactly(id(what, first));
        assertThat(rest.has("next")).isFalse();
        cancel(first);
        cancel(second);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tasks", "leases"})
    void eachFilterCounts(String what) {
        JsonNode granted = granted();
        String task = granted.path("task").path("id").asString();
        String all = "/admin/v1/" + what + "?agent=" + agent;

        assertThat(ids(found(all + "&task=" + task + "&tool=" + tool + "&state=active&older_than=PT0S")))
                .containsExactly(id(what, granted));
        assertThat(ids(found(all + "&tool=another"))).isEmpty();
        assertThat(ids(found(all + "&state=" + (what.equals("tasks") ? "expired" : "revoked"))))
                .isEmpty();
        assertThat(ids(found(all + "&older_than=PT1H"))).isEmpty();
        cancel(granted);
    }

    @Test
    void aTaskIsFoundWithWhatItMayDoAndForWhom() {
        JsonNode granted = granted();

        JsonNode task = found("/admin/v1/tasks?agent=" + agent).path("items").path(0);

        assertThat(task.path("subject").asString()).isEqualTo("agent:" + agent);
        assertThat(task.path("authorization_details").path(0).path("identifier").asString())
                .isEqualTo(tool);
        assertThat(task.path("purpose").asString()).isEqualTo("test");
        cancel(granted);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "state=dead",
                "cursor=forged",
                "task=1",
                "limit=0",
                "limit=501",
                "limit=many",
                "older_than=long",
                "older_than=P1M",
                "older_than=-PT1H"
            })
    void whatItDoesNotKnowIsRefused(String query) {
        for (String what : List.of("tasks", "leases")) {
            Answer answer = scene.admin().get("/admin/v1/" + what + "?" + query);

            assertThat(answer.status()).as(answer.text()).isEqualTo(400);
            assertThat(answer.json().path("detail").asString()).isNotEmpty();
            assertThat(answer.text()).doesNotContain("io.errand", "java.", "Exception");
        }
    }

    private JsonNode granted() {
        return scene.exchange(Scene.request(agent, tool, "read")).json();
    }

    /** Without waiting: whoever checks a jwt offline holds it until its end. */
    private void cancel(JsonNode granted) {
        scene.anonymous()
                .as(granted.path("access_token").asString())
                .post("/v1/tasks/" + granted.path("task").path("id").asString() + "/cancel", "");
    }

    private JsonNode found(String path) {
        Answer answer = scene.admin().get(path);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json();
    }

    private static String id(String what, JsonNode granted) {
        return what.equals("tasks")
                ? granted.path("task").path("id").asString()
                : granted.path("credentials").path(0).path("lease_id").asString();
    }

    private static List<String> ids(JsonNode page) {
        return page.path("items").values().stream()
                .map(item -> item.path("id").asString())
                .toList();
    }
}
