package io.errand.cli.mcp;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.errand.api.Json;
import io.errand.cli.mcp.Guard.Fate;
import io.errand.client.Decision;
import io.errand.client.Errand;
import io.errand.client.Task;
import io.errand.client.TaskRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A guard whose client and server are the test, and whose broker answers on cue what the wire describes. */
final class GuardRig implements AutoCloseable {

    private final HttpServer broker;
    private final Errand errand;
    private final Guard guard;
    private final ApprovalWait waiting;
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final List<String> told = new CopyOnWriteArrayList<>();
    private final List<String> outcomes = new CopyOnWriteArrayList<>();
    private final List<String> notes = new CopyOnWriteArrayList<>();
    private final List<String> answers = new CopyOnWriteArrayList<>();
    private volatile String leaseState = "active";

    GuardRig(ToolMap map) {
        this(map, Duration.ZERO);
    }

    GuardRig(ToolMap map, Duration longest) {
        this(map, longest, false);
    }

    /** @param isTelling whether the broker is told what tools the server has */
    GuardRig(ToolMap map, Duration longest, boolean isTelling) {
        try {
            broker = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        broker.createContext(
                "/oauth2/token",
                exchange -> send(exchange, 200, """
                {"access_token":"token","issued_token_type":"urn:ietf:params:oauth:token-type:access_token",
                 "token_type":"Bearer","expires_in":600,"credentials":[],
                 "task":{"id":"t1","type":"notes","expires_at":"%s"}}""".formatted(Instant.now().plusSeconds(600))));
        broker.createContext("/access/v1/evaluation", this::evaluate);
        broker.createContext("/v1/decisions/", exchange -> {
            String[] path = exchange.getRequestURI().getPath().split("/");
            outcomes.add(path[3] + " "
                    + Json.mapper()
                            .readTree(exchange.getRequestBody().readAllBytes())
                            .path("outcome")
                            .asString());
            send(exchange, 200, "{}");
        });
        broker.createContext("/v1/tasks/t1", exchange -> send(exchange, 200, """
                {"id":"t1","agent":"a","type":"notes","purpose":"p","state":"active","created_at":"%1$s",
                 "expires_at":"%1$s","children":[],"leases":[{"id":"l1","task":"t1","agent":"a","tool":"notes",
                 "actions":[],"state":"%2$s","created_at":"%1$s","expires_at":"%1$s","irrevocable":false}]}""".formatted(Instant.now(), leaseState)));
        broker.start();
        errand = Errand.at(URI.create("http://127.0.0.1:" + broker.getAddress().getPort()), () -> "workload");
        Task task = errand.begin(TaskRequest.of("notes"));
        waiting = new ApprovalWait(longest);
        guard = new Guard(task, map, new Methods(map, Set.of(), Set.of()), waiting, isTelling, notes::add);
    }

    /** Tasks of a server's, of calls whose outcome goes nowhere. */
    @SuppressWarnings("NullAway") // nothing is reported in these tests
    static ServerTasks tasks(String... known) {
        ServerTasks tasks = new ServerTasks(null);
        for (String id : known) {
            tasks.begin(
                    id,
                    new Decision(
                            true,
                            Optional.of("d"),
                            List.of(),
                            List.of(),
                            Json.mapper().createObjectNode()));
        }
        return tasks;
    }

    private void evaluate(HttpExchange exchange) throws IOException {
        JsonNode question = Json.mapper().readTree(exchange.getRequestBody().readAllBytes());
        JsonNode resource = question.path("resource");
        told.add(question.path("context").path("fingerprint").toString());
        asked.add(resource.path("id").asString() + ":"
                + question.path("action").path("name").asString());
        String answer = answers.isEmpty() ? "{\"decision\":true,\"context\":{}}" : answers.removeFirst();
        ObjectNode body = (ObjectNode) Json.mapper().readTree(answer);
        ((ObjectNode) body.path("context")).put("decision_id", "d" + asked.size());
        send(exchange, 200, body.toString());
    }

    private static void send(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length);
        try (var out = exchange.getResponseBody()) {
            out.write(bytes);
        }
    }

    /** The next evaluation is answered with this; its id is added to the context. */
    void answer(String evaluation) {
        answers.add(evaluation.replace('\'', '"'));
    }

    /** The lease of the tool {@code notes} is no longer what it was. */
    void leaseIs(String state) {
        leaseState = state;
    }

    /** What the client is answered at once; empty where its message went to the server. */
    Optional<JsonNode> client(String message) {
        return follow(guard.fromClient("", read(message)));
    }

    /** The message went to the server. */
    void passes(String message) {
        assertThat(client(message)).as(message).isEmpty();
    }

    private Optional<JsonNode> follow(Fate fate) {
        return switch (fate) {
            case Fate.Pass pass -> Optional.empty();
            case Fate.Call call -> {
                assertThat(call.isStillWanted().getAsBoolean()).isTrue();
                yield Optional.empty();
            }
            case Fate.Answer(Message answer) -> Optional.of(answer.json());
            case Fate.Drop drop -> throw new AssertionError("it was dropped");
            case Fate.Ask(var decision) -> follow(decision.get());
        };
    }

    boolean isDropped(String message) {
        return guard.fromClient("", read(message)) instanceof Fate.Drop;
    }

    /** What the client sees of it. */
    JsonNode server(String message) {
        return guard.fromServer("", read(message)).json();
    }

    private static Message read(String text) {
        try {
            return Message.read(text.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
        } catch (Message.Unreadable e) {
            throw new AssertionError(text, e);
        }
    }

    /** Questions to the broker so far. */
    List<String> asked() {
        return List.copyOf(asked);
    }

    /** What each question said that the agent is made of; empty where it said nothing. */
    List<String> told() {
        return List.copyOf(told);
    }

    /** Outcomes on record so far, with their decisions; {@code d1} is the first that was asked for. */
    List<String> outcomes() {
        guard.awaitReports();
        return new ArrayList<>(outcomes);
    }

    List<String> notes() {
        return List.copyOf(notes);
    }

    @Override
    public void close() {
        waiting.close();
        errand.close();
        broker.stop(0);
    }
}
