package io.errand.quickstart.demo;

import com.nimbusds.jwt.SignedJWT;
import io.errand.api.AuthorizationDetail;
import io.errand.api.Json;
import io.errand.cli.ApplyCommand;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** Step 7. */
final class HandedOn implements Step {

    private static final String PARENT = "invoice-posting";
    private static final String CHILD = "pdf-reader";
    private static final List<AuthorizationDetail> READING =
            List.of(AuthorizationDetail.of("orders-db", List.of("read")));
    private static final List<AuthorizationDetail> READING_AND_WRITING =
            List.of(AuthorizationDetail.of("orders-db", List.of("read", "write")));

    private static final String WRITE = "UPDATE orders SET invoice = 'INV-7003' WHERE id = 0";

    @Override
    public String title() {
        return "A part of a task goes to another agent, and ends with it";
    }

    @Override
    public void play(Stage stage) throws Exception {
        Narrator narrator = stage.narrator();
        narrator.say(PARENT + " reads and writes. Reading a document it leaves to " + CHILD
                + ", which gets nothing of its own accord, and never sees the other's task token.");
        narrator.typed("./errand apply -f examples/delegation");
        List<String> mistakes = ApplyCommand.apply(
                List.of(stage.examples().resolveSibling("delegation")), stage.broker()::client, narrator::answer);
        narrator.proof(mistakes.isEmpty(), "the broker knows both agents", String.join(" ", mistakes));

        Map<String, Object> task = Map.of("purpose", "Post invoice INV-7003", "ttl", "PT5M");
        Grant parent = granted(
                stage, PARENT, stage.send(stage.wire().exchange(stage.workload(PARENT), task, READING_AND_WRITING)));
        Grant child = takenUp(stage, parent);
        whose(narrator, child);
        end(stage, parent, child);
    }

    private static Grant takenUp(Stage stage, Grant parent) throws Exception {
        Narrator narrator = stage.narrator();
        Map<String, Object> asked = new LinkedHashMap<>();
        asked.put("agent", CHILD);
        asked.put("purpose", "Read what INV-7003 says");
        asked.put("authorization_details", READING);
        narrator.typed(stage.wire().delegateCurl(parent.taskId(), parent.taskToken(), asked));
        Wire.Answer delegation = stage.wire().delegate(parent.taskId(), parent.taskToken(), asked);
        narrator.answer(Masked.json(delegation.body(), "delegation_token", "agent", "expires_in"));
        narrator.proof(
                delegation.status() == 201, "a token that only " + CHILD + " can use, once", delegation.toString());

        String token = delegation.body().path("delegation_token").asString("");
        Wire.Exchange takeUp = stage.wire().takeUp(token, stage.workload(CHILD), READING);
        narrator.typed(takeUp.curl());
        Grant child = granted(stage, CHILD, stage.send(takeUp));
        Wire.Answer twice = stage.send(stage.wire().takeUp(token, stage.workload(CHILD), READING));
        narrator.proof(
                twice.body().path("error").asString("").equals("invalid_request"),
                "the same token a second time is refused",
                twice.toString());
        return child;
    }

    private static Grant granted(Stage stage, String agent, Wire.Answer answer) {
        Grant grant = Grant.of(answer);
        stage.narrator()
                .proof(
                        answer.status() == 200,
                        agent + " has a task and a login of its own: " + grant.username(),
                        answer.toString());
        stage.grants().add(grant);
        return grant;
    }

    private static void whose(Narrator narrator, Grant child) throws Exception {
        JsonNode claims = Json.mapper()
                .readTree(SignedJWT.parse(child.taskToken()).getPayload().toString());
        narrator.line("");
        narrator.say("Its task token says for whom it acts (sub), and who does (act):");
        narrator.answer(Masked.json(claims, "sub", "act"));
        narrator.proof(
                claims.path("sub").asString("").equals("agent:" + PARENT)
                        && claims.at("/act/sub").asString("").equals("agent:" + CHILD),
                CHILD + " acts for " + PARENT,
                claims.toString());
    }

    private static void end(Stage stage, Grant parent, Grant child) throws Exception {
        Narrator narrator = stage.narrator();
        try (Connection ofParent = parent.login();
                Connection ofChild = child.login()) {
            narrator.sql(WRITE);
            Sql.run(ofParent, WRITE);
            Optional<SQLException> refusal = Sql.refusal(() -> Sql.run(ofChild, WRITE));
            narrator.proof(
                    Sql.is(refusal, Sql.FORBIDDEN),
                    "the parent's login may, the child's may not: "
                            + refusal.map(Throwable::getMessage).orElse(""),
                    Sql.said(refusal));

            Map<String, Object> report = Map.of("outcome", "succeeded");
            narrator.typed(stage.wire().completeCurl(parent.taskId(), parent.taskToken(), report));
            Wire.Answer ended = stage.wire().complete(parent.taskId(), parent.taskToken(), report);
            narrator.proof(
                    ended.status() == 200
                            && ended.body().at("/children/0/state").asString("").equals("cancelled"),
                    "the parent is done, and the child's task is over with it",
                    ended.toString());
            Deaths.prove(stage, child, Sql.refusal(() -> Sql.run(ofChild, "SELECT 1")));
            narrator.proof(
                    !stage.exists(parent.username()), "so is the parent's own role", parent.username() + " is there");
        }
    }
}
