package io.errand.bench;

import io.errand.api.Json;
import io.errand.cli.BrokerClient;
import io.errand.cli.CommandFailed;
import io.errand.cli.Connection;
import io.errand.cli.DevelopmentKey;
import io.errand.cli.DevelopmentTokens;
import io.errand.cli.ServeFile;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** {@code errand serve} with a database of its own: every exchange declares a task, decides by policy, and writes the audit log. */
final class ErrandSide implements Side {

    private static final String JWT = "urn:ietf:params:oauth:token-type:jwt";
    private static final String AGENT = "bench";
    private static final String TOOL = "reports";
    private static final String TOOL_API = "reports-api";
    private static final Duration TOKEN = Duration.ofMinutes(30);

    private final boolean withCredential;
    private final boolean withLog;
    private final ServerProcess process;
    private final URI base;
    private final String issuer;
    private final DevelopmentTokens tokens;
    private final Path data;

    private ErrandSide(
            boolean withCredential,
            boolean withLog,
            ServerProcess process,
            URI base,
            String issuer,
            DevelopmentTokens tokens,
            Path data) {
        this.withCredential = withCredential;
        this.withLog = withLog;
        this.process = process;
        this.base = base;
        this.issuer = issuer;
        this.tokens = tokens;
        this.data = data;
    }

    /** The same server, where each exchange also makes a {@code jwt} credential: a lease, and a second signature. */
    Side withCredentials() {
        return new ErrandSide(true, withLog, process, base, issuer, tokens, data);
    }

    /** The same server, whose events have no place in the log: nothing queues them, and no tree grows. */
    static ErrandSide startWithoutLog(Path data, int port, Servers settings) throws InterruptedException, IOException {
        ErrandSide side = start(data, port, settings, Map.of("ERRAND_AUDIT_SEQUENCE", "false"));
        JsonNode kept = Json.mapper().readTree(Files.readString(data.resolve("postgres.json")));
        try (java.sql.Connection database = DriverManager.getConnection(
                        "jdbc:postgresql://127.0.0.1:" + kept.path("port").asInt() + "/errand",
                        "postgres",
                        kept.path("superuser").asString());
                Statement statement = database.createStatement()) {
            statement.execute("ALTER TABLE audit_event DISABLE TRIGGER audit_event_queued");
        } catch (SQLException e) {
            side.close();
            throw new BenchFailed("The log is not to be turned off: " + e.getMessage(), e);
        }
        return new ErrandSide(false, false, side.process, side.base, side.issuer, side.tokens, data);
    }

    static ErrandSide start(Path data, int port, Servers settings) throws InterruptedException, IOException {
        return start(data, port, settings, Map.of());
    }

    /** @param environment what else the service is told */
    static ErrandSide start(Path data, int port, Servers settings, Map<String, String> environment)
            throws InterruptedException, IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Xshare:auto",
                "-Xmx" + settings.heap()));
        command.addAll(settings.errandOptions());
        command.addAll(List.of(
                "-cp",
                System.getProperty("java.class.path"),
                "io.errand.quickstart.Main",
                "serve",
                "--data",
                data.toString(),
                "--port",
                Integer.toString(port)));
        Files.createDirectories(data);
        Map<String, String> told = new LinkedHashMap<>(environment);
        // One issuer has all the load here, and one agent all the leases.
        told.put("ERRAND_IDENTITY_VERIFICATIONSPERSECOND", "1000000");
        told.put("ERRAND_LEASE_MAXLIVE", "100000000");
        told.put("SPRING_DATASOURCE_HIKARI_MAXIMUMPOOLSIZE", Integer.toString(settings.pool()));
        ServerProcess process = ServerProcess.start(command, told, data.resolve("output.log"));
        try {
            process.awaitReady(URI.create("http://127.0.0.1:" + port + "/.well-known/oauth-authorization-server"));
            awaitIssuers(data);
            ServeFile serve = ServeFile.read(data);
            DevelopmentTokens tokens = new DevelopmentTokens(
                    DevelopmentKey.load(data).orElseThrow(), serve.devIssuerUrl(), Clock.systemUTC());
            register(Connection.toLocal(data));
            return new ErrandSide(false, true, process, URI.create(serve.url()), serve.issuer(), tokens, data);
        } catch (RuntimeException | InterruptedException e) {
            process.close();
            throw e;
        }
    }

    /** The development issuers are registered last of all. */
    private static void awaitIssuers(Path data) throws InterruptedException {
        for (int tries = 0; tries < 200; tries++) {
            try {
                if (Connection.toLocal(data).get("/admin/v1/issuers/dev-people").isSuccess()) {
                    return;
                }
            } catch (CommandFailed e) {
                // not yet
            }
            java.util.concurrent.TimeUnit.MILLISECONDS.sleep(100);
        }
        throw new BenchFailed("errand serve registers no issuers; see " + data);
    }

    private static void register(BrokerClient admin) {
        put(
                admin,
                "/admin/v1/tools/" + TOOL,
                Map.of(
                        "backend",
                        "jwt",
                        "actions",
                        List.of("read"),
                        "sensitivity",
                        "internal",
                        "environment",
                        "production",
                        "identities",
                        List.of(Map.of("issuer", "dev-workloads", "subject", TOOL_API)),
                        "config",
                        Map.of("audience", "https://reports.example")));
        putAgent(admin, AGENT, TOOL);
        put(
                admin,
                "/admin/v1/policies/bench",
                Map.of("cedar", "permit(principal, action, resource);", "status", "active"));
    }

    /** An agent that may read by one tool, as often as a bench asks. */
    static void putAgent(BrokerClient admin, String name, String tool) {
        put(
                admin,
                "/admin/v1/agents/" + name,
                Map.of(
                        "owner",
                        "bench@example.com",
                        "purpose",
                        "Measure",
                        "identities",
                        List.of(Map.of("issuer", "dev-workloads", "subject", name)),
                        "task_types",
                        List.of("bench"),
                        "tools",
                        List.of(Map.of("tool", tool, "actions", List.of("read"))),
                        "max_ttl",
                        "PT30M",
                        "max_live_leases",
                        100_000));
    }

    static void put(BrokerClient admin, String path, Map<String, Object> resource) {
        BrokerClient.Answer answer = admin.put(path, resource);
        if (!answer.isSuccess()) {
            throw new BenchFailed(path + ": " + answer.refusal());
        }
    }

    @Override
    public String name() {
        String what = withCredential ? "with a jwt credential" : "a task alone";
        return "Errand (" + what + (withLog ? ")" : ", no log)");
    }

    @Override
    public boolean isPeerOf(Side other) {
        return !withLog
                && other instanceof ErrandSide errand
                && errand.withLog
                && errand.withCredential == withCredential;
    }

    @Override
    public Optional<Operation> operation(Kind kind, int atMost) {
        return switch (kind) {
            case TOKEN_EXCHANGE -> Optional.of(many(exchange(), "\"access_token\""));
            case CLIENT_CREDENTIALS ->
                hasClientCredentials()
                        ? Optional.of(new Operation(
                                base,
                                IntStream.range(0, atMost)
                                        .mapToObj(i -> clientCredentials())
                                        .toList(),
                                true,
                                "\"access_token\""))
                        : Optional.empty();
            case INTROSPECTION -> Optional.of(many(introspection(), "\"active\":true"));
        };
    }

    private Operation many(byte[] request, String proof) {
        return new Operation(base, List.of(request), false, proof);
    }

    private byte[] exchange() {
        Map<String, String> form = task(withCredential);
        form.put("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange");
        form.put("subject_token", token(AGENT, DevelopmentTokens.AUDIENCE));
        form.put("subject_token_type", JWT);
        return HttpLine.post(base, "/oauth2/token", "", encoded(form));
    }

    private byte[] clientCredentials() {
        Map<String, String> form = task(withCredential);
        form.put("grant_type", "client_credentials");
        form.put("client_assertion", token(AGENT, issuer));
        form.put("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
        return HttpLine.post(base, "/oauth2/token", "", encoded(form));
    }

    private Map<String, String> task(boolean credential) {
        Map<String, String> form = new LinkedHashMap<>();
        form.put("task", "{\"type\":\"bench\",\"purpose\":\"measure\",\"ttl\":\"PT10M\"}");
        if (credential) {
            form.put(
                    "authorization_details",
                    "[{\"type\":\"tool_access\",\"identifier\":\"" + TOOL + "\",\"actions\":[\"read\"]}]");
        }
        return form;
    }

    /** A tool asks about the credential that it was shown, or somebody who may ask about everything, about the task. */
    private byte[] introspection() {
        Map<String, String> form = task(withCredential);
        form.put("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange");
        form.put("subject_token", token(AGENT, DevelopmentTokens.AUDIENCE));
        form.put("subject_token_type", JWT);
        JsonNode granted = Web.post(base.resolve("/oauth2/token"), null, encoded(form));
        JsonNode shown = withCredential
                ? granted.path("credentials").path(0).path("data").path("token")
                : granted.path("access_token");
        String asking = withCredential
                ? token(TOOL_API, DevelopmentTokens.AUDIENCE)
                : tokens.administrator("gateway", issuer, List.of("errand.introspect"));
        return HttpLine.post(
                base, "/oauth2/introspect", "Authorization: Bearer " + asking + "\r\n", "token=" + shown.asString(""));
    }

    private boolean hasClientCredentials() {
        return Web.get(base.resolve("/.well-known/oauth-authorization-server"))
                .path("grant_types_supported")
                .values()
                .stream()
                .anyMatch(grant -> grant.asString("").equals("client_credentials"));
    }

    URI base() {
        return base;
    }

    BrokerClient admin() {
        return Connection.toLocal(data);
    }

    /** The token of a workload of that name. */
    String workload(String subject) {
        return token(subject, DevelopmentTokens.AUDIENCE);
    }

    private String token(String subject, @Nullable String audience) {
        return tokens.token(tokens.workloads(), subject, String.valueOf(audience), TOKEN, Map.of());
    }

    static String encoded(Map<String, String> form) {
        return form.entrySet().stream()
                .map(e -> e.getKey() + "=" + URLEncoder.encode(e.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
    }

    @Override
    public void close() {
        if (!withCredential) {
            process.close();
        }
    }
}
