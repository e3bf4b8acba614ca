package io.errand.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.errand.api.Json;
import io.errand.cli.ApplyCommand;
import io.errand.cli.DevelopmentTokens;
import io.errand.quickstart.pages.Page;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import tools.jackson.databind.JsonNode;

/** {@code errand mcp-guard} on streamable HTTP as a process of its own, and what it takes to speak to it without a library. */
final class GuardedHttp implements AutoCloseable {

    private static final String RESOURCES = """
            kind: Tool
            name: notes
            backend: jwt
            actions: [list, add, ask, purge]
            kinds: {list: read, add: write, ask: read, purge: write}
            sensitivity: internal
            environment: staging
            config:
              audience: https://notes.example
            ---
            kind: Agent
            name: note-taker
            owner: notes-team@example.com
            purpose: Take notes
            identities:
              - issuer: dev-workloads
                subject: note-taker
            task_types: [notes]
            tools:
              - tool: notes
                actions: [list, add, ask]
            max_ttl: PT15M
            """;
    private static final String POLICY = """
            permit (principal == Errand::Agent::"note-taker", action, resource == Errand::Tool::"notes");
            @reason("Nothing is added here.")
            forbid (principal == Errand::Agent::"note-taker", action == Errand::Action::"use", resource)
            when { context.actions == ["add"] };
            """;

    private final LocalBroker broker;
    private final CutLine line;
    private final Process guard;
    private final HttpClient http = HttpClient.newHttpClient();
    private final String listen = "127.0.0.1:" + Ports.any();
    private Optional<String> session = Optional.empty();

    /** With the command that the page has, and further options. */
    GuardedHttp(LocalBroker broker, Path folder, String upstream, String... options) throws IOException {
        this.broker = broker;
        this.line = new CutLine(URI.create(broker.url()));
        Path err = folder.resolve("err");
        DevelopmentTokens tokens = broker.tokens();
        Path token = Files.writeString(
                folder.resolve("token"),
                tokens.token(
                        tokens.workloads(), "note-taker", DevelopmentTokens.AUDIENCE, Duration.ofMinutes(2), Map.of()));
        String typed = Page.block("docs/mcp.md", "http")
                .replace("\\\n", "")
                .replace("127.0.0.1:8931", listen)
                .replace("https://notes.example/mcp", upstream)
                .replace("/var/run/secrets/errand/token", token.toString());
        List<String> words = new ArrayList<>(List.of(typed.strip().split(" +")));
        words.removeFirst();
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(words);
        command.addAll(List.of("--purpose", listen));
        command.addAll(List.of(options));
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(err.toFile());
        builder.environment().put("ERRAND_URL", line.url());
        guard = builder.start();
        await("the guard to listen")
                .atMost(Duration.ofSeconds(30))
                .until(() -> Files.readString(err).contains("MCP at http://" + listen + "/mcp"));
    }

    /** A broker that knows the agent, its tool and the policy. */
    static LocalBroker serve(Path data) throws IOException {
        LocalBroker broker = new LocalBroker(DataDirectory.take(data), Ports.free());
        Served.start(broker);
        Path resources = data.resolve("notes.yaml");
        Path policy = data.resolve("notes.cedar");
        Files.writeString(resources, RESOURCES);
        Files.writeString(policy, POLICY);
        assertThat(ApplyCommand.apply(List.of(resources, policy), broker::client, text -> {}))
                .isEmpty();
        return broker;
    }

    /** The network between the guard and the broker. */
    CutLine line() {
        return line;
    }

    String url() {
        return "http://" + listen;
    }

    /** From now on messages are of a session of the server's. */
    void initialize() {
        HttpResponse<String> answer = post("""
                {"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18",
                 "capabilities":{},"clientInfo":{"name":"test","version":"1"}}}""");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        session = answer.headers().firstValue("Mcp-Session-Id");
        assertThat(post("{'jsonrpc':'2.0','method':'notifications/initialized'}")
                        .statusCode())
                .isEqualTo(202);
    }

    /** @param message with single quotes for double ones, if it likes */
    HttpResponse<String> post(String message, String... headers) {
        return posting(message, headers).join();
    }

    CompletableFuture<HttpResponse<String>> posting(String message, String... headers) {
        HttpRequest.Builder request = request()
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(message.replace('\'', '"')));
        for (int i = 0; i < headers.length; i += 2) {
            request.setHeader(headers[i], headers[i + 1]);
        }
        return http.sendAsync(request.build(), BodyHandlers.ofString());
    }

    /** Closes the stream of the answer as soon as it has begun. */
    void postAndHangUp(String message) throws IOException, InterruptedException {
        HttpRequest request = request()
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(message.replace('\'', '"')))
                .build();
        HttpResponse<InputStream> answer = http.send(request, BodyHandlers.ofInputStream());
        assertThat(answer.statusCode()).isEqualTo(200);
        answer.body().close();
    }

    /** @param method without a body */
    HttpResponse<String> send(String method, String... headers) throws IOException, InterruptedException {
        HttpRequest.Builder request = request().method(method, BodyPublishers.noBody());
        if (headers.length > 0) {
            request.headers(headers);
        }
        return http.send(request.build(), BodyHandlers.ofString());
    }

    private HttpRequest.Builder request() {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url() + "/mcp"))
                .timeout(Duration.ofMinutes(1))
                .header("Accept", "application/json, text/event-stream");
        session.ifPresent(id -> request.header("Mcp-Session-Id", id));
        return request;
    }

    static String call(int id, String tool) {
        return "{'jsonrpc':'2.0','id':" + id + ",'method':'tools/call','params':{'name':'" + tool
                + "','arguments':{}}}";
    }

    static JsonNode json(HttpResponse<String> answer) {
        return Json.mapper().readTree(answer.body());
    }

    /** Ends it as a client would, and the task with it. */
    void end() throws InterruptedException {
        guard.destroy();
        assertThat(guard.waitFor()).isZero();
    }

    JsonNode task() {
        return items("/admin/v1/tasks?agent=note-taker&limit=100").stream()
                .filter(one -> one.path("purpose").asString("").equals(listen))
                .findFirst()
                .orElseThrow();
    }

    /** What came of the task's calls. */
    List<String> outcomes() {
        return items("/admin/v1/audit?kind=evaluation.closed&task="
                        + task().path("id").asString())
                .stream()
                .map(event -> event.path("outcome").asString())
                .toList();
    }

    void awaitOutcomes(String... expected) {
        await("what came of the calls")
                .atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(outcomes()).containsExactlyInAnyOrder(expected));
    }

    private List<JsonNode> items(String path) {
        return List.copyOf(broker.client().get(path).body().path("items").values());
    }

    @Override
    public void close() {
        guard.destroyForcibly().onExit().join();
        line.close();
        http.shutdownNow();
    }
}
