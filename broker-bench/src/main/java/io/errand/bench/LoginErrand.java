package io.errand.bench;

import io.errand.api.Json;
import java.io.IOException;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * Logins by exchange: a task is declared and decided, the login made at the quickstart's target and its lease committed. Completing the
 * task with {@code Prefer: wait} answers when the login was seen gone, with a receipt.
 */
final class LoginErrand implements CredentialSide {

    private static final String NAME = "bench-logins";

    private final ErrandSide errand;
    private final int iterations;
    private final byte[] exchange;

    LoginErrand(ErrandSide errand, int iterations) {
        this.errand = errand;
        this.iterations = iterations;
        ErrandSide.put(
                errand.admin(),
                "/admin/v1/tools/" + NAME,
                Map.of(
                        "backend",
                        "postgres",
                        "actions",
                        List.of("read"),
                        "sensitivity",
                        "internal",
                        "environment",
                        "production",
                        "config",
                        Map.of("target", "orders", "roles", Map.of("read", List.of("orders_reader")))));
        ErrandSide.putAgent(errand.admin(), NAME, NAME);
        this.exchange = exchange();
    }

    private byte[] exchange() {
        Map<String, String> form = new LinkedHashMap<>();
        form.put("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange");
        form.put("subject_token", errand.workload(NAME));
        form.put("subject_token_type", "urn:ietf:params:oauth:token-type:jwt");
        form.put("task", "{\"type\":\"bench\",\"purpose\":\"measure\",\"ttl\":\"PT10M\"}");
        form.put(
                "authorization_details",
                "[{\"type\":\"tool_access\",\"identifier\":\"" + NAME + "\",\"actions\":[\"read\"]}]");
        return HttpLine.post(base(), "/oauth2/token", "", ErrandSide.encoded(form));
    }

    @Override
    public String name() {
        return "Errand, " + iterations + (iterations == 1 ? " iteration" : " iterations");
    }

    @Override
    public URI base() {
        return errand.base();
    }

    @Override
    public String make(HttpLine line) throws IOException {
        HttpLine.Answer answer = line.send(exchange);
        if (answer.status() != 200) {
            throw new BenchFailed("Errand answered " + answer.status() + ": " + answer.body());
        }
        JsonNode granted = Json.mapper().readTree(answer.body());
        return granted.path("task").path("id").asString() + " "
                + granted.path("access_token").asString();
    }

    @Override
    public void end(HttpLine line, String made) throws IOException {
        String[] task = made.split(" ");
        HttpLine.Answer answer = line.send(HttpLine.json(
                base(),
                "/v1/tasks/" + task[0] + "/complete",
                "Authorization: Bearer " + task[1] + "\r\nPrefer: wait=20\r\n",
                "{\"outcome\":\"succeeded\"}"));
        if (answer.status() != 200 || !answer.body().contains("\"revoked\"")) {
            throw new BenchFailed("Errand answered " + answer.status() + ": " + answer.body());
        }
    }
}
