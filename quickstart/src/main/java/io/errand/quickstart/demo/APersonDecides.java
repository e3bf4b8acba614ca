package io.errand.quickstart.demo;

import io.errand.api.ApprovalDecision;
import io.errand.api.Json;
import io.errand.cli.BrokerClient;
import java.sql.Connection;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** What policy leaves to a person: asked for, waited for, approved by somebody else, used once. */
final class APersonDecides implements Step {

    private static final String PURPOSE = "Correct the amount of invoice INV-7001";
    private static final String WRITE = "UPDATE orders SET amount = amount WHERE invoice = 'INV-7001'";

    @Override
    public String title() {
        return "It asks for more, and a person decides";
    }

    @Override
    public void play(Stage stage) throws Exception {
        Narrator narrator = stage.narrator();
        narrator.say("Writing is within the agent's ceiling, but policy wants somebody of the group finance to approve it."
                + " The agent can wait, and says so:");
        Wire.Exchange request = patient(stage, PURPOSE);
        narrator.typed(request.curl() + " \\\n  -d completion_mode=deferred");
        Wire.Answer waiting = stage.send(request);
        narrator.answer(Masked.json(waiting.body(), "error", "expires_in", "interval", "approval"));
        narrator.proof(is(waiting, "authorization_pending"), "it waits, and nothing is granted", waiting.toString());

        approve(stage, waiting.body().path("approval"));
        Wire.Answer granted = collect(stage, waiting);
        narrator.proof(granted.status() == 200, "approved, and collected", granted.toString());
        Grant grant = Grant.of(granted, stage.targetUrl());
        try (Connection session = grant.login()) {
            narrator.sql(WRITE);
            Sql.run(session, WRITE);
        }
        narrator.proof(true, "the login writes, as approved", "");
        Wire.Answer again = collect(stage, waiting);
        narrator.answer(Masked.json(again.body(), "error", "error_description"));
        narrator.proof(is(again, "invalid_grant"), "an approval is used once", again.toString());

        Wire.Answer other = stage.send(patient(stage, PURPOSE.replace("7001", "7002")));
        narrator.proof(
                is(other, "authorization_pending") && !digest(other).equals(digest(waiting)),
                "the same request with one character changed needs another approval",
                other.toString());
        Wire.Answer done = stage.wire().complete(grant.taskId(), grant.taskToken(), Map.of("outcome", "succeeded"));
        narrator.proof(done.status() == 200, "and the task ends as every other does", done.toString());
    }

    private static Wire.Exchange patient(Stage stage, String purpose) {
        Wire.Exchange request = stage.request(purpose, Duration.ofMinutes(5), "orders-db", "write");
        Map<String, String> form = new LinkedHashMap<>(request.form());
        form.put("completion_mode", "deferred");
        return new Wire.Exchange(form, request.curl());
    }

    /** Fiona reads every member of the request, and sends back the digest that she was shown. */
    private static void approve(Stage stage, JsonNode approval) {
        Narrator narrator = stage.narrator();
        String id = approval.path("id").asString("");
        narrator.line("");
        narrator.say("Fiona of finance sees every member of what would be granted, and approves exactly that:");
        BrokerClient fiona = stage.broker().client("fiona", List.of("finance"));
        narrator.typed("./errand approvals show " + id);
        JsonNode shown = fiona.get("/admin/v1/approvals/" + id).body();
        narrator.answer(Masked.json(Json.mapper().readTree(shown.path("request").asString("{}")), "agent", "task", "tools"));
        String digest = shown.path("digest").asString("");
        narrator.typed("./errand approvals approve " + id + " --as fiona --group finance \\\n  --digest " + digest);
        BrokerClient.Answer approved = fiona.post(
                "/admin/v1/approvals/" + id,
                Json.mapper().valueToTree(new ApprovalDecision("approve", digest, "INV-7001 was mistyped")));
        narrator.proof(
                approved.isSuccess() && approved.body().path("state").asString("").equals("approved"),
                "it is approved by " + approved.body().path("verdicts").path(0).path("who").asString(""),
                approved.refusal());
    }

    private static Wire.Answer collect(Stage stage, Wire.Answer waiting) throws Exception {
        Map<String, String> form = new LinkedHashMap<>();
        form.put("grant_type", "urn:ietf:params:oauth:grant-type:deferred");
        form.put("deferral_code", waiting.body().path("deferral_code").asString(""));
        Wire.Exchange own = stage.request(PURPOSE, Duration.ofMinutes(5), "orders-db", "write");
        form.put("subject_token", own.form().getOrDefault("subject_token", ""));
        form.put("subject_token_type", own.form().getOrDefault("subject_token_type", ""));
        return stage.send(new Wire.Exchange(form, ""));
    }

    private static boolean is(Wire.Answer answer, String error) {
        return answer.status() == 400 && answer.body().path("error").asString("").equals(error);
    }

    private static String digest(Wire.Answer answer) {
        return answer.body().path("approval").path("digest").asString("");
    }
}
