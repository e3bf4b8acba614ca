package io.errand.bench;

import io.errand.cli.BrokerClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;

/** Tasks at work at a running broker, each of an agent of its own, that ask before each action. */
final class EvaluatingErrand {

    private static final int TASKS = 16;
    private static final String TOOL = "reports";

    private final ErrandSide errand;
    private final URI base;
    private final List<byte[]> requests = new ArrayList<>();

    EvaluatingErrand(ErrandSide errand) {
        this.errand = errand;
        this.base = errand.base();
        for (int i = 0; i < TASKS; i++) {
            String agent = "evaluated-" + i;
            ErrandSide.put(errand.admin(), "/admin/v1/agents/" + agent + "?allow_missing=true", agent(agent));
            requests.add(HttpLine.json(
                    base,
                    "/access/v1/evaluation",
                    "Authorization: Bearer " + task(agent) + "\r\n",
                    "{\"action\":{\"name\":\"read\"},\"resource\":{\"type\":\"tool\",\"id\":\"" + TOOL + "\"}}"));
        }
    }

    private static Map<String, Object> agent(String name) {
        return Map.of(
                "owner",
                "bench@example.com",
                "purpose",
                "Measure",
                "identities",
                List.of(Map.of("issuer", "dev-workloads", "subject", name)),
                "task_types",
                List.of("bench"),
                "tools",
                List.of(Map.of("tool", TOOL, "actions", List.of("read"))),
                "max_ttl",
                "PT1H");
    }

    private String task(String agent) {
        Map<String, String> form = new LinkedHashMap<>();
        form.put("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange");
        form.put("subject_token", errand.workload(agent));
        form.put("subject_token_type", "urn:ietf:params:oauth:token-type:jwt");
        form.put("task", "{\"type\":\"bench\",\"purpose\":\"measure\",\"ttl\":\"PT1H\"}");
        form.put(
                "authorization_details",
                "[{\"type\":\"tool_access\",\"identifier\":\"" + TOOL + "\",\"actions\":[\"read\"]}]");
        JsonNode granted = Web.post(base.resolve("/oauth2/token"), null, ErrandSide.encoded(form));
        return granted.path("access_token").asString();
    }

    /** So many policies, each of which has to be evaluated, and the last of which permits. */
    Operation amongGeneral(int policies) {
        return under(IntStream.range(0, policies)
                .mapToObj(i -> """
                        permit (principal, action, resource)
                        when { context.task.type == "%s" && context.actions == ["read"]
                               && !context.session.labels.contains("secret") };
                        """.formatted(i == policies - 1 ? "bench" : "other-" + i))
                .collect(Collectors.joining()));
    }

    /** So many policies as an organization has them: five are about everybody, and the others each about one agent. */
    Operation amongSpecific(int policies) {
        return under(IntStream.range(0, policies)
                .mapToObj(i -> """
                        permit (principal %s, action, resource)
                        when { context.task.type == "%s" && context.actions == ["read"]
                               && !context.session.labels.contains("secret") };
                        """.formatted(
                        i < 5 ? "" : "== Errand::Agent::\"another-" + i + "\"", i == 0 ? "bench" : "other-" + i))
                .collect(Collectors.joining()));
    }

    private Operation under(String cedar) {
        BrokerClient.Answer answer =
                errand.admin().put("/admin/v1/policies/bench", Map.of("cedar", cedar, "status", "active"));
        if (!answer.isSuccess()) {
            throw new BenchFailed("the policies: " + answer.refusal());
        }
        settle();
        return new Operation(base, requests, false, "\"decision\":true");
    }

    /** The first decision parses what was activated, and those that wait for it longer than they may are told to come back. */
    private void settle() {
        try (HttpLine line = new HttpLine(base)) {
            for (int tries = 0; tries < 20; tries++) {
                if (line.send(requests.getFirst()).status() == 200) {
                    return;
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        throw new BenchFailed("no decision by the policies that were activated");
    }
}
