package io.errand.quickstart.demo;

import java.time.Duration;

/** Step 2. */
final class FirstCredential implements Step {

    @Override
    public String title() {
        return "A workload token and a task go in, a database login comes out";
    }

    @Override
    public void play(Stage stage) throws Exception {
        Narrator narrator = stage.narrator();
        narrator.say("The agent shows who it is (a token of its platform) and says what it is about to do.");
        Wire.Exchange request =
                stage.request("Match invoice INV-7001 to its order", Duration.ofMinutes(5), "orders-db", "read");
        narrator.typed(request.curl());
        Wire.Answer answer = stage.send(request);
        narrator.answer(
                answer.status() == 200
                        ? Masked.json(answer.body(), "access_token", "token_type", "expires_in", "task", "credentials")
                        : Masked.json(answer.body()));
        narrator.proof(answer.status() == 200, "granted", answer.toString());

        Grant grant = Grant.of(answer);
        stage.grants().add(grant);
        narrator.proof(
                stage.exists(grant.username()),
                "PostgreSQL has a login of that name, made for this task: " + grant.username(),
                "no such role in pg_roles");
    }
}
