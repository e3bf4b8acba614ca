package io.errand.quickstart.demo;

import java.sql.Connection;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** Step 5. */
final class TheTaskEnds implements Step {

    @Override
    public String title() {
        return "The task ends, and the credential is dead";
    }

    @Override
    public void play(Stage stage) throws Exception {
        end(stage, stage.grants().getFirst());
    }

    /** Ends a task while a session of its login is open. */
    static void end(Stage stage, Grant grant) throws Exception {
        Narrator narrator = stage.narrator();
        narrator.say("The agent opens a session and leaves it open. Then it reports that it is done.");
        try (Connection left = grant.login()) {
            Sql.run(left, "SELECT 1");

            Map<String, Object> report = Map.of("outcome", "succeeded");
            narrator.typed(stage.wire().completeCurl(grant.taskId(), grant.taskToken(), report));
            Wire.Answer answer = stage.wire().complete(grant.taskId(), grant.taskToken(), report);
            narrator.answer(
                    answer.status() == 200
                            ? Masked.json(answer.body(), "id", "state", "outcome", "leases")
                            : Masked.json(answer.body()));
            narrator.proof(
                    answer.status() == 200, "the task is over, and every lease of it seen gone", answer.toString());
            Deaths.prove(stage, grant, Sql.refusal(() -> Sql.run(left, "SELECT 1")));
            receipt(stage, grant, answer.body());
        }
    }

    private static void receipt(Stage stage, Grant grant, JsonNode task) throws Exception {
        Narrator narrator = stage.narrator();
        String receipt = task.path("leases").path(0).path("receipt").asString("");
        Optional<String> statement = Receipts.verify(receipt, stage.wire().keys());
        narrator.line("");
        narrator.say("The receipt, a JWS that anybody can check with the broker's published keys:");
        statement.ifPresent(narrator::answer);
        narrator.proof(
                statement.filter(text -> text.contains(grant.leaseId())).isPresent(),
                "signature and type are right, and it speaks of this lease",
                receipt.isEmpty() ? "no receipt" : Masked.token(receipt) + " " + statement.orElse("does not verify"));
    }
}
