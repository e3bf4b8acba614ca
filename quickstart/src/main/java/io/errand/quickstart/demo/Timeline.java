package io.errand.quickstart.demo;

import io.errand.cli.BrokerClient;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/** The last step. */
final class Timeline implements Step {

    @Override
    public String title() {
        return "What the audit log says about these tasks";
    }

    @Override
    public void play(Stage stage) throws Exception {
        Narrator narrator = stage.narrator();
        List<JsonNode> events = new ArrayList<>();
        for (Grant grant : stage.grants()) {
            List<JsonNode> ofTask = events(stage, grant);
            narrator.proof(
                    ofTask.stream()
                            .anyMatch(event -> kind(event).equals("lease.revoked")
                                    && event.path("lease").asString("").equals(grant.leaseId())),
                    "task " + grant.taskId() + ": " + ofTask.size()
                            + " events, the last word is that its lease is gone",
                    ofTask.toString());
            events.addAll(ofTask);
        }
        narrator.line("");
        show(narrator, events);
        narrator.proof(
                stage.grants().stream()
                        .noneMatch(grant -> events.toString().contains(grant.password())
                                || events.toString().contains(grant.taskToken())),
                "no event holds a password or a token",
                "a secret in the audit log");
    }

    private static List<JsonNode> events(Stage stage, Grant grant) {
        BrokerClient.Answer answer = stage.broker().client().get("/admin/v1/audit?task=" + grant.taskId());
        if (!answer.isSuccess()) {
            throw new ProofFailed("the audit log can be read", answer.refusal());
        }
        return answer.body().path("items").valueStream().toList();
    }

    private static void show(Narrator narrator, List<JsonNode> events) {
        List<JsonNode> ordered =
                events.stream().sorted(Comparator.comparing(Timeline::at)).toList();
        Instant first = at(ordered.getFirst());
        narrator.table(ordered.stream().map(event -> row(first, event)).toList());
    }

    private static List<String> row(Instant first, JsonNode event) {
        double seconds = Duration.between(first, at(event)).toMillis() / 1000.0;
        String task = event.path("task").asString("");
        return List.of(
                String.format(Locale.ROOT, "+%.3f s", seconds),
                "task …" + task.substring(Math.max(0, task.length() - 4)),
                kind(event),
                event.path("who").asString("–"),
                event.path("outcome").asString(""));
    }

    private static String kind(JsonNode event) {
        return event.path("kind").asString("");
    }

    private static Instant at(JsonNode event) {
        return Instant.parse(event.path("at").asString());
    }
}
