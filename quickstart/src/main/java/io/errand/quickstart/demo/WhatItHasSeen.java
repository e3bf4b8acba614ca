package io.errand.quickstart.demo;

import io.errand.api.AuthorizationDetail;
import io.errand.cli.ApplyCommand;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** What a session has read decides what it may send, and which credentials it keeps. */
final class WhatItHasSeen implements Step {

    private static final String AGENT = "partner-desk";
    private static final String READ = "customers-db";
    private static final String SEND = "partner-db";

    @Override
    public String title() {
        return "What a task has read decides what it may send";
    }

    @Override
    public void play(Stage stage) throws Exception {
        Narrator narrator = stage.narrator();
        register(stage);
        narrator.say("The agent " + AGENT + " has a login for a database with restricted data and one for a partner's."
                + " Before each action it asks.");
        Wire.Answer granted = ask(stage);
        narrator.proof(granted.status() == 200, "granted, two logins", granted.toString());
        String token = granted.body().path("access_token").asString("");
        Grant sending = login(granted.body(), SEND, token);

        Wire.Answer before = evaluate(stage, token, SEND, "write");
        narrator.proof(isPermitted(before), "sending is permitted: it has seen nothing yet", before.toString());

        Wire.Answer read = evaluate(stage, token, READ, "read");
        JsonNode context = read.body().path("context");
        narrator.proof(
                isPermitted(read) && context.path("labels").toString().contains("data:restricted"),
                "reading is permitted too, and marks the session as data:restricted",
                read.toString());
        narrator.proof(
                context.path("revoked").toString().contains(sending.leaseId()),
                "the answer says which live credential ends with it: the login for " + SEND,
                read.toString());

        Wire.Answer after = evaluate(stage, token, SEND, "write");
        narrator.proof(
                after.status() == 200
                        && !isPermitted(after)
                        && after.body()
                                .path("context")
                                .path("reasons")
                                .toString()
                                .contains("restricted"),
                "sending is refused now, with the policy's reason",
                after.toString());
        dead(stage, sending);
    }

    private static void register(Stage stage) {
        stage.narrator().typed("./errand apply -f examples/session");
        List<String> mistakes = ApplyCommand.apply(
                List.of(stage.examples().resolveSibling("session")), stage.broker()::client, stage.narrator()::answer);
        stage.narrator().proof(mistakes.isEmpty(), "registered", String.join(", ", mistakes));
    }

    private static Wire.Answer ask(Stage stage) throws Exception {
        var tokens = stage.broker().tokens();
        return stage.send(stage.wire()
                .exchange(
                        tokens.token(tokens.workloads(), AGENT, "errand", Duration.ofMinutes(5), Map.of()),
                        Map.of("type", "answer", "purpose", "Where is order 7?", "ttl", "PT5M"),
                        List.of(
                                AuthorizationDetail.of(READ, List.of("read")),
                                AuthorizationDetail.of(SEND, List.of("write")))));
    }

    private static Wire.Answer evaluate(Stage stage, String token, String tool, String action) throws Exception {
        Map<String, Object> request =
                Map.of("action", Map.of("name", action), "resource", Map.of("type", "tool", "id", tool));
        stage.narrator().typed(stage.wire().evaluationCurl(token, request));
        Wire.Answer answer = stage.wire().evaluate(token, request);
        stage.narrator().answer(Masked.json(answer.body()));
        return answer;
    }

    private static boolean isPermitted(Wire.Answer answer) {
        return answer.status() == 200 && answer.body().path("decision").asBoolean(false);
    }

    private static Grant login(JsonNode granted, String tool, String token) {
        JsonNode credential = granted.path("credentials")
                .valueStream()
                .filter(one -> one.path("tool").asString("").equals(tool))
                .findFirst()
                .orElseThrow();
        return new Grant(
                granted.path("task").path("id").asString(""),
                token,
                credential,
                credential.path("data").path("jdbc_url").asString(""));
    }

    private static void dead(Stage stage, Grant grant) throws SQLException {
        LeftToExpire.awaitGone(stage, grant);
        Optional<SQLException> refusal = Sql.refusal(() -> grant.login().close());
        stage.narrator()
                .proof(
                        Sql.isNoSuchLogin(refusal) && !stage.exists(grant.username()),
                        "and PostgreSQL knows no such login any more: "
                                + refusal.map(Throwable::getMessage).orElse(""),
                        Sql.said(refusal));
    }
}
