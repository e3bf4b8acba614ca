package io.errand.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** Who reads what administrators read is on the audit log too, and does not fill it. */
@BrokerTest
class ReadsAreRecordedTest {

    private final Scene scene;

    ReadsAreRecordedTest(@LocalServerPort int port) {
        scene = new Scene(port);
    }

    @ParameterizedTest
    @CsvSource({
        "tasks, tasks, agent",
        "leases, leases, agent",
        "audit, audit, agent",
        "approvals, approvals, state",
        "findings, findings, kind",
        "proposals, proposals, agent",
        "discovered, discovered, ''",
        "breakglass, break_glasses, ''",
        "revocations, revocations, ''",
        "locks, locks, ''"
    })
    void oneEventSaysWhoReadWhichListByWhichFilter(String path, String list, String filter) {
        String value = switch (filter) {
            case "state" -> "voided";
            case "kind" -> "copied";
            default -> Scene.name("reader");
        };
        String last = last();

        int items = scene.admin()
                .get("/admin/v1/" + path + (filter.isEmpty() ? "" : "?" + filter + "=" + value))
                .json()
                .path("items")
                .size();

        List<JsonNode> events = readsAfter(last, list);
        assertThat(events).hasSize(1);
        JsonNode event = events.getFirst();
        assertThat(event.path("who").asString()).startsWith("person:");
        assertThat(event.path("details").path("items").asInt()).isEqualTo(items);
        assertThat(event.path("details").path("pages").asInt()).isEqualTo(1);
        assertThat(event.path("details").path("filter").path(filter).asString(""))
                .isEqualTo(filter.isEmpty() ? "" : value);
    }

    @Test
    void whoeverFollowsTheLogDoesNotReadOfEachOfHisOwnReads() {
        String last = last();

        for (int n = 0; n < 20; n++) {
            JsonNode items = scene.admin()
                    .get("/admin/v1/audit?kind=admin.read&limit=1000&cursor=" + last)
                    .json()
                    .path("items");
            last = items.isEmpty()
                    ? last
                    : items.get(items.size() - 1).path("id").asString();
        }

        assertThat(readsAfter(last, "audit")).isEmpty();
    }

    @Test
    void whatIsRefusedWasNotRead() {
        String last = last();

        assertThat(scene.admin().get("/admin/v1/leases?state=sold").status()).isEqualTo(400);

        assertThat(readsAfter(last, "leases")).isEmpty();
    }

    /** This test's own looking ends in the last event that there is. */
    private String last() {
        scene.admin().get("/admin/v1/audit?limit=1&agent=nobody");
        return scene.admin()
                .get("/admin/v1/audit?limit=1&order=desc")
                .json()
                .path("items")
                .get(0)
                .path("id")
                .asString();
    }

    private List<JsonNode> readsAfter(String last, String list) {
        return scene
                .admin()
                .get("/admin/v1/audit?kind=admin.read&limit=1000&cursor=" + last)
                .json()
                .path("items")
                .values()
                .stream()
                .filter(event -> event.path("details").path("list").asString().equals(list))
                .filter(event -> !event.path("details").path("filter").isEmpty() || !list.equals("audit"))
                .toList();
    }
}
