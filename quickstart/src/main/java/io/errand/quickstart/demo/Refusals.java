package io.errand.quickstart.demo;

import java.time.Duration;
import tools.jackson.databind.JsonNode;

/** Step 4. */
final class Refusals implements Step {

    @Override
    public String title() {
        return "It asks for what it may not have";
    }

    @Override
    public void play(Stage stage) throws Exception {
        Narrator narrator = stage.narrator();
        int before = stage.logins();

        narrator.say("A tool outside the agent's ceiling:");
        refused(stage, "ledger-db", "invalid_target");
        narrator.line("");
        narrator.say("A tool within the ceiling that policy forbids:");
        refused(stage, "hr-db", "access_denied");

        int after = stage.logins();
        narrator.proof(
                after == before, "and nothing was created: the logins at the target are as before", after + " logins");
    }

    private static void refused(Stage stage, String tool, String error) throws Exception {
        Narrator narrator = stage.narrator();
        Wire.Exchange request = stage.request("Have a look around", Duration.ofMinutes(5), tool, "read");
        narrator.typed("curl -s …/oauth2/token … authorization_details="
                + request.form().get("authorization_details"));
        Wire.Answer answer = stage.send(request);
        JsonNode body = answer.body();
        narrator.answer(Masked.json(body));
        narrator.proof(
                answer.status() == 400
                        && body.path("error").asString("").equals(error)
                        && !body.path("error_description").asString("").isEmpty()
                        && !body.path("decision_id").asString("").isEmpty(),
                tool + " is refused, with a reason and a decision id",
                answer.toString());
    }
}
