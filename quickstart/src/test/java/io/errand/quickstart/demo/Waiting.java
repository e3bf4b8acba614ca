package io.errand.quickstart.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.api.AuthorizationDetail;
import io.errand.cli.ApplyCommand;
import io.errand.cli.DevelopmentTokens;
import io.errand.quickstart.LocalBroker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** An agent's request that waits for a person. */
record Waiting(LocalBroker broker, Wire.Answer answer) {

    /** A portal whose users the quickstart's agent may act for, and a rule that two people must agree to. */
    static void register(LocalBroker broker, Path folder) throws IOException {
        String agent = Files.readString(Path.of("..", "examples", "quickstart", "agent.yaml"));
        Files.writeString(
                folder.resolve("agent.yaml"), agent + "on_behalf_of: [{issuer: dev-people, clients: [ap-portal]}]\n");
        Files.writeString(folder.resolve("two.cedar"), """
                @approval("finance")
                @approvers("2")
                permit (principal, action, resource == Errand::Tool::"orders-db")
                when { context.actions == ["read", "write"] };
                """);
        assertThat(ApplyCommand.apply(List.of(folder), broker::client, line -> {}))
                .isEmpty();
    }

    /** What the agent asks for. */
    static Waiting write(LocalBroker broker, String purpose) throws Exception {
        return ask(broker, purpose, List.of("write"), Map.of());
    }

    static Waiting ask(LocalBroker broker, String purpose, List<String> actions, Map<String, String> context)
            throws Exception {
        return ask(broker, exchange(broker, workload(broker), purpose, actions, context));
    }

    /** For a person of the portal's. */
    static Waiting onBehalfOf(LocalBroker broker, String person, String purpose) throws Exception {
        DevelopmentTokens tokens = broker.tokens();
        String theirs = tokens.token(
                tokens.people(),
                person,
                DevelopmentTokens.AUDIENCE,
                Duration.ofMinutes(10),
                Map.of("azp", "ap-portal"));
        Map<String, String> form = exchange(broker, theirs, purpose, List.of("write"), Map.of());
        form.put("actor_token", workload(broker));
        form.put("actor_token_type", "urn:ietf:params:oauth:token-type:jwt");
        return ask(broker, form);
    }

    private static Waiting ask(LocalBroker broker, Map<String, String> form) throws Exception {
        form.put("completion_mode", "deferred");
        Wire.Answer answer = send(broker, form);
        assertThat(answer.body().path("error").asString()).as(answer.toString()).isEqualTo("authorization_pending");
        return new Waiting(broker, answer);
    }

    private static Map<String, String> exchange(
            LocalBroker broker,
            String subjectToken,
            String purpose,
            List<String> actions,
            Map<String, String> context) {
        Map<String, Object> task = Map.of("type", "triage", "purpose", purpose, "ttl", "PT5M", "context", context);
        return new HashMap<>(new Wire(broker.url())
                .exchange(subjectToken, task, List.of(AuthorizationDetail.of("orders-db", actions)))
                .form());
    }

    private static String workload(LocalBroker broker) {
        DevelopmentTokens tokens = broker.tokens();
        return tokens.token(
                tokens.workloads(), Stage.AGENT, DevelopmentTokens.AUDIENCE, Duration.ofMinutes(5), Map.of());
    }

    private static Wire.Answer send(LocalBroker broker, Map<String, String> form)
            throws IOException, InterruptedException {
        return new Wire(broker.url()).send(new Wire.Exchange(form, ""));
    }

    String id() {
        return answer.body().path("approval").path("id").asString();
    }

    /** Where whoever is to decide is sent. */
    String url() {
        return answer.body().path("approval").path("url").asString();
    }

    /** As the API has it now. */
    JsonNode view() {
        return broker.client().get("/admin/v1/approvals/" + id()).body();
    }

    String state() {
        return view().path("state").asString();
    }

    Wire.Answer collect() throws Exception {
        return send(
                broker,
                new HashMap<>(Map.of(
                        "grant_type",
                        "urn:ietf:params:oauth:grant-type:deferred",
                        "deferral_code",
                        answer.body().path("deferral_code").asString(),
                        "actor_token",
                        workload(broker),
                        "actor_token_type",
                        "urn:ietf:params:oauth:token-type:jwt")));
    }
}
