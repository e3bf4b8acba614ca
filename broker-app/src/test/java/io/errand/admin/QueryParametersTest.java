package io.errand.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Wire.Answer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;

/** A list that is filtered by a misspelled parameter is not the whole list, and every list goes both ways. */
@BrokerTest
class QueryParametersTest {

    private final Scene scene;

    QueryParametersTest(@LocalServerPort int port) {
        scene = new Scene(port);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/admin/v1/leases?agnet=x",
                "/admin/v1/tasks?older-than=PT1H",
                "/admin/v1/agents?name=x",
                "/admin/v1/agents/x?version=1",
                "/admin/v1/policies/x/versions?since=1",
                "/admin/v1/audit?sinse=2026-01-01T00:00:00Z",
                "/admin/v1/approvals?status=pending",
                "/admin/v1/breakglass?state=x",
                "/admin/v1/revocations?scope=x",
                "/admin/v1/findings?kinds=x",
                "/admin/v1/locks?limit=1"
            })
    void anUnknownOneIsRefused(String path) {
        Answer answer = scene.admin().get(path);

        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.header("Content-Type")).startsWith("application/problem+json");
        assertThat(answer.json().path("detail").asString()).contains("query parameter");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/admin/v1/tasks?agent=a&agent=b",
                "/admin/v1/agents?limit=1&limit=2",
                "/admin/v1/leases?order=asc&order=desc",
                "/admin/v1/audit?agent=a&kind=x&agent=a"
            })
    void oneThatIsThereTwiceIsRefused(String path) {
        Answer answer = scene.admin().get(path);

        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.json().path("detail").asString()).contains("is there twice");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/admin/v1/audit?agent=%00", "/admin/v1/leases?tool=a%0Ab", "/admin/v1/agents?cursor=%7F"})
    void oneWithAControlCharacterIsRefused(String path) {
        Answer answer = scene.admin().get(path);

        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.json().path("detail").asString()).contains("control character");
    }

    @Test
    void aChangeWithAnUnknownOneChangesNothing() {
        String tool = Scene.name("tool");
        scene.jwtTool(tool, Map.of());

        Answer refused = scene.admin().delete("/admin/v1/tools/" + tool + "?revok=true");

        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.json().path("detail").asString()).contains("Did you mean revoke?");
        assertThat(scene.admin().get("/admin/v1/tools/" + tool).status()).isEqualTo(200);
    }

    @Test
    void whoMayNotComeInIsNotToldWhatThereIs() {
        assertThat(scene.anonymous().get("/admin/v1/leases?agnet=x").status()).isEqualTo(401);
    }

    @Test
    void oauthIgnoresWhatItDoesNotKnow() {
        assertThat(scene.anonymous().get("/oauth2/jwks?x=y").status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "agents",
                "tools",
                "issuers",
                "policies",
                "open-policies",
                "leases",
                "tasks",
                "audit",
                "approvals",
                "breakglass",
                "revocations",
                "findings",
                "locks",
                "keys"
            })
    void everyListGoesBothWays(String list) {
        Answer wrong = scene.admin().get("/admin/v1/" + list + "?order=up");

        assertThat(wrong.status()).isEqualTo(400);
        assertThat(scene.admin().get("/admin/v1/" + list + "?order=asc").status())
                .isEqualTo(200);
        assertThat(scene.admin().get("/admin/v1/" + list + "?order=desc").status())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tools", "policies"})
    void namesAreReadPageByPageInEitherOrder(String list) {
        for (int i = 0; i < 5; i++) {
            scene.jwtTool(Scene.name("paged"), Map.of());
            scene.policy(Scene.name("paged"), "permit(principal, action, resource) when { false };");
        }

        List<String> up = all(list, "order=asc", "name");
        List<String> down = all(list, "order=desc", "name");

        assertThat(up).hasSizeGreaterThan(4).doesNotHaveDuplicates();
        Collections.reverse(down);
        assertThat(down).isEqualTo(up);
    }

    @Test
    void eventsAreReadPageByPageInEitherOrder() {
        String tool = Scene.name("tool");
        for (int i = 1; i < 6; i++) {
            scene.jwtTool(tool, Map.of("max_ttl", "PT" + i + "M"));
        }

        List<String> up = all("audit", "kind=tool.replaced&order=asc", "id");
        List<String> down = all("audit", "kind=tool.replaced&order=desc", "id");

        assertThat(up).hasSizeGreaterThan(3).isSorted();
        Collections.reverse(down);
        assertThat(down).isEqualTo(up);
    }

    private List<String> all(String list, String query, String member) {
        List<String> found = new ArrayList<>();
        String next = "";
        do {
            var page = scene.admin()
                    .get("/admin/v1/" + list + "?limit=3&" + query + (next.isEmpty() ? "" : "&cursor=" + next))
                    .json();
            page.path("items").forEach(item -> found.add(item.path(member).asString()));
            next = page.path("next").asString("");
        } while (!next.isEmpty());
        return found;
    }
}
