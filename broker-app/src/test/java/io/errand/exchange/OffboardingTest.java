package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.errand.api.log.OffboardingReport;
import io.errand.api.log.ReceiptKeys;
import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Wire.Answer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/**
 * A retired agent begins nothing from then on, keeps its identity from others until everything of it was seen to be gone, and leaves
 * one report with all receipts.
 */
@BrokerTest
class OffboardingTest {

    /** .ci/full has 1,000 leases: five each time. */
    private static final int TIMES = Integer.getInteger("errand.offboarding.times", 1);

    private final Scene scene;
    private final String tool = Scene.name("orders");
    private final String signed = Scene.name("signed");
    private final String agent = Scene.name("leaver");
    private final List<String> children =
            IntStream.range(0, 3).mapToObj(i -> Scene.name("helper")).toList();

    OffboardingTest(@LocalServerPort int port) {
        this.scene = new Scene(port);
    }

    @Test
    void nothingIsLeftAndTheReportHasEveryReceipt() {
        register(1_000);
        String naming = Scene.name("naming");
        scene.policy(naming, "permit(principal == Errand::Agent::\"" + agent + "\", action, resource);");

        int leases = work(TIMES);
        long begun = System.nanoTime();
        retire();
        long retired = System.nanoTime();

        refusedWhileItRuns();
        JsonNode report = completed(leases, Duration.ofSeconds(60 + TIMES));
        System.out.printf(
                "offboarding: %d leases, retired in %d ms, complete in %d ms%n",
                leases,
                Duration.ofNanos(retired - begun).toMillis(),
                Duration.ofNanos(System.nanoTime() - begun).toMillis());
        assertThat(report.at("/open/policies").values().stream().map(JsonNode::asString))
                .contains(naming);
        assertThat(report.at("/open/delegated_by").values().stream().map(JsonNode::asString))
                .containsExactly(children.getFirst());
        assertThat(report.path("reason").asString()).isEqualTo("replaced");
        assertThat(report.path("tasks").asInt()).isEqualTo(leases);
        assertThat(report.path("left")).isEmpty();

        // Nobody has the identity now, and so another may.
        Answer nobody = scene.exchange(Scene.request(agent, tool, "read"));
        assertThat(nobody.json().path("error").asString()).isEqualTo("invalid_request");
        assertThat(successor().status()).isEqualTo(201);
    }

    @Test
    void whoNeverHadAnythingIsGoneAtOnce() {
        register(1);

        retire();

        JsonNode offboarding = offboarding();
        assertThat(offboarding.path("state").asString()).isEqualTo("complete");
        assertThat(offboarding.path("matched").asInt()).isZero();
        assertThat(successor().status()).isEqualTo(201);
        assertThat(scene.admin()
                        .get("/admin/v1/agents/" + children.getFirst() + "/offboarding")
                        .status())
                .isEqualTo(404);
    }

    private void register(int mostLeases) {
        scene.postgresTool(tool, Map.of());
        scene.jwtTool(signed, Map.of());
        scene.permits();
        List<Map<String, Object>> both = List.of(
                Map.of("tool", tool, "actions", List.of("read", "write")),
                Map.of("tool", signed, "actions", List.of("read")));
        children.forEach(child -> scene.agent(child, tool, Map.of("max_live_leases", mostLeases)));
        scene.agent(
                agent,
                tool,
                Map.of(
                        "tools",
                        both,
                        "delegates_to",
                        children,
                        "max_delegation_depth",
                        1,
                        "max_live_leases",
                        mostLeases));
        scene.agent(
                children.getFirst(),
                tool,
                Map.of("delegates_to", List.of(agent), "max_delegation_depth", 1, "max_live_leases", mostLeases));
    }

    /** So many times: a login and a signed token of the agent, and a login of each child. */
    private int work(int times) {
        Family family = new Family(scene, tool, agent, children.getFirst(), children.getLast());
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            List<Future<Integer>> made = new ArrayList<>();
            for (int i = 0; i < times; i++) {
                made.add(threads.submit(() -> {
                    JsonNode parent = Family.granted(scene.exchange(Scene.request(agent, tool, "read")));
                    children.forEach(child -> family.childOf(parent, child));
                    Map<String, String> form = Scene.request(agent, signed, "read");
                    form.put("task", "{\"type\":\"triage\",\"purpose\":\"test\",\"ttl\":\"PT" + (8 + TIMES) + "S\"}");
                    Family.granted(scene.exchange(form));
                    return 5;
                }));
            }
            int leases = 0;
            for (Future<Integer> one : made) {
                leases += one.get();
            }
            return leases;
        } catch (java.util.concurrent.ExecutionException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private void retire() {
        Answer retired = scene.admin().post("/admin/v1/agents/" + agent + "/retire", Map.of("reason", "replaced"));
        assertThat(retired.status()).as(retired.text()).isEqualTo(200);
    }

    /** The token that others check offline is not gone before it has expired, so that it runs for some time. */
    private void refusedWhileItRuns() {
        assertThat(offboarding().path("state").asString()).isEqualTo("running");
        Answer refused = scene.exchange(Scene.request(agent, tool, "read"));
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.json().path("error").asString()).isEqualTo("access_denied");
        assertThat(successor().status()).isEqualTo(409);
        assertThat(scene.admin()
                        .delete("/admin/v1/agents/" + agent + "?revoke=true")
                        .status())
                .isEqualTo(409);
        assertThat(offboarding().path("state").asString()).isEqualTo("running");
    }

    /** The claims of the report, after verifying it with all receipts. */
    private JsonNode completed(int leases, Duration atMost) {
        await("everything to be seen gone")
                .atMost(atMost)
                .pollInterval(Duration.ofMillis(200))
                .until(() -> offboarding().path("state").asString().equals("complete"));
        JsonNode offboarding = offboarding();
        String report = offboarding.path("report").asString();
        Map<String, String> receipts = receipts(offboarding.path("revocation").asString());
        ReceiptKeys keys =
                ReceiptKeys.parse(scene.keys().getBytes(StandardCharsets.UTF_8)).orElseThrow();

        assertThat(receipts).hasSize(leases);
        assertThat(OffboardingReport.fault(report, List.copyOf(receipts.values()), keys))
                .isEmpty();
        List<String> fewer = new ArrayList<>(receipts.values());
        fewer.removeLast();
        assertThat(OffboardingReport.fault(report, fewer, keys))
                .get()
                .asString()
                .contains("missing");
        fewer.add(fewer.getFirst());
        assertThat(OffboardingReport.fault(report, fewer, keys))
                .get()
                .asString()
                .contains("twice");
        JsonNode claims = scene.verified(report);
        assertThat(claims.path("leases").values().stream()
                        .map(one -> one.path("evidence").asString()))
                .contains("absent", "expired");
        return claims;
    }

    private Map<String, String> receipts(String revocation) {
        Map<String, String> receipts = new LinkedHashMap<>();
        String cursor = "";
        do {
            JsonNode page = scene.admin()
                    .get("/admin/v1/revocations/" + revocation + "?limit=500" + cursor)
                    .json();
            page.path("leases")
                    .forEach(lease -> receipts.put(
                            lease.path("id").asString(), lease.path("receipt").asString()));
            cursor = page.has("next") ? "&cursor=" + page.path("next").asString() : "";
        } while (!cursor.isEmpty());
        return receipts;
    }

    private JsonNode offboarding() {
        return scene.admin().get("/admin/v1/agents/" + agent + "/offboarding").json();
    }

    private Answer successor() {
        return scene.admin()
                .put(
                        "/admin/v1/agents/" + agent + "-2",
                        Map.of(
                                "owner", "team@example.com",
                                "purpose", "p",
                                "task_types", List.of("triage"),
                                "identities", List.of(Map.of("issuer", "workloads", "subject", agent)),
                                "state", "draft"));
    }
}
