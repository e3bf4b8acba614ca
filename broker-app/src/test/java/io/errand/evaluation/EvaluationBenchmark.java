package io.errand.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;

/** Not among the tests by its name: {@code -Dtest=EvaluationBenchmark} runs it. It prints figures, and fails only on an error. */
@BrokerTest
class EvaluationBenchmark {

    private static final int EVALUATIONS = Integer.getInteger("errand.evaluations", 10_000);
    private static final int AT_ONCE = Integer.getInteger("errand.evaluations.at-once", 32);
    private static final int POLICIES = 100;
    private static final int TASKS = 16;

    private final Scene scene;

    EvaluationBenchmark(@LocalServerPort int port) {
        scene = new Scene(port);
    }

    @Test
    void aHundredPoliciesAndADurableAudit() throws Exception {
        String tool = Scene.name("orders");
        scene.jwtTool(tool, Map.of("kinds", Map.of("read", "read")));
        StringBuilder cedar = new StringBuilder();
        for (int i = 0; i < POLICIES; i++) {
            cedar.append("permit (principal, action, resource) when { context.task.type == \"")
                    .append(i == POLICIES - 1 ? "triage" : "other-" + i)
                    .append("\" && context.actions == [\"read\"] && !context.session.labels.contains(\"secret\") };\n");
        }
        scene.policy(Scene.name("hundred"), cedar.toString());
        List<Acting> tasks = new ArrayList<>();
        for (int i = 0; i < TASKS; i++) {
            String agent = Scene.name("agent");
            Acting.agent(scene, agent, Map.of(tool, List.of("read")), Map.of());
            tasks.add(Acting.on(scene, agent, Map.of(tool, List.of("read"))));
        }

        for (int at : new int[] {1, AT_ONCE}) {
            run(tasks, tool, EVALUATIONS / 5, at);
            long begun = System.nanoTime();
            long[] nanos = run(tasks, tool, at == 1 ? EVALUATIONS / 5 : EVALUATIONS, at);
            double seconds = (System.nanoTime() - begun) / 1e9;
            System.out.printf(
                    "evaluations: %d at once, %d policies, %.0f a second, p50 %.1f ms, p99 %.1f ms%n",
                    at,
                    POLICIES,
                    nanos.length / seconds,
                    nanos[nanos.length / 2] / 1e6,
                    nanos[nanos.length * 99 / 100] / 1e6);
        }
    }

    private static long[] run(List<Acting> tasks, String tool, int many, int atOnce) throws Exception {
        List<Callable<List<Long>>> clients = IntStream.range(0, atOnce)
                .<Callable<List<Long>>>mapToObj(client -> () -> {
                    List<Long> nanos = new ArrayList<>();
                    for (int i = client; i < many; i += atOnce) {
                        long begun = System.nanoTime();
                        assertThat(tasks.get(i % TASKS)
                                        .may(tool, "read")
                                        .path("decision")
                                        .asBoolean())
                                .isTrue();
                        nanos.add(System.nanoTime() - begun);
                    }
                    return nanos;
                })
                .toList();
        List<Long> all = new ArrayList<>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<List<Long>> client : threads.invokeAll(clients)) {
                all.addAll(client.get());
            }
        }
        return all.stream().mapToLong(Long::longValue).sorted().toArray();
    }
}
