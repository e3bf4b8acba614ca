package io.errand.broker.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.errand.api.Json;
import io.errand.broker.audit.LogReader;
import io.errand.broker.audit.LogReader.Position;
import io.errand.broker.shared.ErrandProperties;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.metrics.DatabaseGauges;
import io.errand.broker.shared.outbound.Outbound;
import io.errand.broker.stream.StreamProperties.Format;
import io.errand.broker.stream.StreamProperties.From;
import io.errand.broker.stream.StreamProperties.Kind;
import io.errand.broker.stream.StreamProperties.Stream;
import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** Whoever is sent the log gets all of it, in its order, however long he was away. */
@BrokerTest
class StreamsTest {

    private static final Duration SOON = Duration.ofSeconds(30);

    private record Call(@Nullable String id, @Nullable String authorization, String body) {}

    private static final List<Call> CALLS = new CopyOnWriteArrayList<>();
    private static final AtomicInteger STATUS = new AtomicInteger(200);
    private static final HttpServer RECEIVER = receiver();

    private final LogReader log;
    private final StreamCursors cursors;
    private final ErrandProperties errand;
    private final Outbound outbound;
    private final Clock clock;
    private final DatabaseGauges gauges;
    private final JdbcClient jdbc;

    @TempDir
    private Path folder;

    @Autowired
    StreamsTest(
            LogReader log,
            StreamCursors cursors,
            ErrandProperties errand,
            Outbound outbound,
            Clock clock,
            DatabaseGauges gauges,
            JdbcClient jdbc) {
        this.log = log;
        this.cursors = cursors;
        this.errand = errand;
        this.outbound = outbound;
        this.clock = clock;
        this.gauges = gauges;
        this.jdbc = jdbc;
    }

    private static HttpServer receiver() {
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
            server.createContext("/", exchange -> {
                var headers = exchange.getRequestHeaders();
                CALLS.add(new Call(
                        headers.getFirst("webhook-id"),
                        headers.getFirst("Authorization"),
                        new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)));
                exchange.sendResponseHeaders(STATUS.get(), -1);
                exchange.close();
            });
            server.start();
            return server;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @AfterAll
    static void stop() {
        RECEIVER.stop(0);
    }

    private static URI url() {
        return URI.create("http://127.0.0.1:" + RECEIVER.getAddress().getPort() + "/");
    }

    private Streams replica(String name, Stream stream) {
        return new Streams(
                log,
                cursors,
                new StreamProperties(Map.of(name, stream)),
                errand,
                outbound,
                clock,
                new SimpleMeterRegistry(),
                gauges);
    }

    private Stream webhook() throws IOException {
        Path secret = Files.writeString(folder.resolve("secret"), "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=");
        return new Stream(Kind.WEBHOOK, Format.ERRAND, From.NOW, null, url(), null, null, null, secret, 8192);
    }

    private Stream file(Path file) {
        return new Stream(Kind.FILE, Format.ERRAND, From.NOW, null, null, file, null, null, null, 8192);
    }

    /** So many events of a kind of their own, each in a transaction of its own. */
    private List<String> happened(String kind, int events) {
        List<String> ids = new ArrayList<>();
        for (int n = 0; n < events; n++) {
            UUID id = Ids.next();
            jdbc.sql("INSERT INTO audit_event (id, at, kind, details) VALUES (:id, clock_timestamp(), :kind, '{}')")
                    .param("id", id)
                    .param("kind", kind)
                    .update();
            ids.add(id.toString());
        }
        return ids;
    }

    /** Other tests write events meanwhile: what counts is that these were sent. */
    private void awaitSent(String name, List<String> ids, Streams... replicas) {
        await("all is sent").atMost(SOON).until(() -> {
            for (Streams replica : replicas) {
                replica.send();
            }
            return cursors.find(name).orElseThrow().position().place() > lastPlace(ids);
        });
    }

    /** Endless until each has one. */
    private long lastPlace(List<String> ids) {
        return jdbc.sql("""
                        SELECT CASE WHEN count(*) = :size THEN max(place) ELSE 9223372036854775807 END
                          FROM audit_leaf WHERE event_id = ANY (:ids::uuid[])
                        """)
                .param("size", ids.size())
                .param("ids", ids.toArray(String[]::new))
                .query(Long.class)
                .single();
    }

    /** The first look is what a stream begins with. */
    private void begin(String name, Streams replica) {
        replica.send();
        await("it has begun").atMost(SOON).until(() -> cursors.find(name).isPresent());
    }

    private static List<String> ids(List<JsonNode> events, String kind) {
        return events.stream()
                .filter(event -> event.path("kind").asString().equals(kind))
                .map(event -> event.path("id").asString())
                .toList();
    }

    private static List<JsonNode> told() {
        return CALLS.stream()
                .flatMap(call -> Json.mapper().readTree(call.body()).values().stream())
                .toList();
    }

    @Test
    void twoReplicasWriteEachEntryOnceAndInOrder() throws IOException {
        String name = Scene.name("file");
        String kind = "test." + name;
        Path file = folder.resolve("audit.jsonl");
        Streams one = replica(name, file(file));
        Streams other = replica(name, file(file));
        begin(name, one);

        List<String> ids = happened(kind, 300);
        awaitSent(name, ids, one, other);

        List<JsonNode> lines =
                Files.readAllLines(file).stream().map(Json.mapper()::readTree).toList();
        assertThat(ids(lines, kind)).isEqualTo(ids);
        List<Long> places =
                lines.stream().map(line -> line.path("place").asLong()).toList();
        assertThat(places).isSorted().doesNotHaveDuplicates();
        assertThat(places.getLast() - places.getFirst()).isEqualTo(places.size() - 1);
        assertThat(Files.getPosixFilePermissions(file).toString()).doesNotContain("GROUP", "OTHERS");
    }

    @Test
    void nothingIsLostWhenTheReceiverIsAway() throws IOException {
        String name = Scene.name("webhook");
        String kind = "test." + name;
        Streams replica = replica(name, webhook());
        begin(name, replica);
        CALLS.clear();
        STATUS.set(503);
        List<String> ids = happened(kind, 700);
        await("it is tried").atMost(SOON).until(() -> {
            replica.send();
            return cursors.find(name).orElseThrow().error().equals("it answers 503");
        });
        String first = CALLS.getFirst().id();
        long tries = CALLS.size();
        replica.send();
        assertThat(CALLS).as("it rests").hasSize((int) tries);
        LogReader.Lag lag = log.lag(cursors.find(name).orElseThrow().position());
        assertThat(lag.entries()).isPositive();
        assertThat(lag.seconds()).isPositive();
        await("all have their place").atMost(SOON).until(() -> lastPlace(ids) < Long.MAX_VALUE);
        CALLS.clear();

        STATUS.set(200);
        jdbc.sql("UPDATE audit_stream SET due_at = now() WHERE name = :name")
                .param("name", name)
                .update();
        awaitSent(name, ids, replica);

        assertThat(ids(told(), kind)).isEqualTo(ids);
        assertThat(CALLS.getFirst().id()).startsWith(String.valueOf(first).substring(0, 36));
        assertThat(cursors.find(name).orElseThrow().error()).isEmpty();
    }

    @Test
    void whatWasTakenAndNotNotedIsSentAgain() throws IOException {
        String name = Scene.name("again");
        String kind = "test." + name;
        Streams replica = replica(name, webhook());
        begin(name, replica);
        CALLS.clear();
        STATUS.set(200);
        Position before = cursors.find(name).orElseThrow().position();
        List<String> ids = happened(kind, 2);
        awaitSent(name, ids, replica);

        await("it is nobody's turn")
                .atMost(SOON)
                .until(() ->
                        jdbc.sql("UPDATE audit_stream SET place = :place WHERE name = :name AND claimed_until <= now()")
                                        .param("place", before.place())
                                        .param("name", name)
                                        .update()
                                == 1);
        awaitSent(name, ids, replica);

        assertThat(ids(told(), kind)).containsExactly(ids.get(0), ids.get(1), ids.get(0), ids.get(1));
    }

    @Test
    void aTurnIsOneHoldersUntilItIsOver() {
        String name = Scene.name("turn");
        UUID one = UUID.randomUUID();
        UUID other = UUID.randomUUID();
        Position begin = new Position(1, 0);
        cursors.begin(name, begin);

        assertThat(cursors.claim(name, one, Duration.ofSeconds(60))).contains(begin);
        assertThat(cursors.claim(name, other, Duration.ofSeconds(60))).isEmpty();
        jdbc.sql("UPDATE audit_stream SET claimed_until = now() WHERE name = :name")
                .param("name", name)
                .update();
        assertThat(cursors.claim(name, other, Duration.ofSeconds(60))).contains(begin);
        assertThat(cursors.advance(name, one, Duration.ofSeconds(60), begin, new Position(1, 5), 0))
                .as("who came too late has moved nothing")
                .isFalse();
        assertThat(cursors.advance(name, other, Duration.ofSeconds(60), begin, new Position(1, 5), 2))
                .isTrue();
        assertThat(cursors.find(name)).contains(new StreamCursors.State(new Position(1, 5), "", 2));
        cursors.release(name, other, "it is away");
        assertThat(cursors.claim(name, one, Duration.ofSeconds(60)))
                .as("it rests")
                .isEmpty();
    }

    @Test
    void recordsOfOtlpHaveTheEntryAndWhatItIsFoundBy() throws IOException {
        String name = Scene.name("otlp");
        Path token = Files.writeString(folder.resolve("token"), "of-the-collector\n");
        Streams replica = replica(
                name, new Stream(Kind.OTLP, Format.ERRAND, From.NOW, null, url(), null, null, token, null, 8192));
        begin(name, replica);
        CALLS.clear();
        STATUS.set(200);

        List<String> ids = happened("test." + name, 1);
        awaitSent(name, ids, replica);

        List<JsonNode> records = CALLS.stream()
                .flatMap(call ->
                        Json.mapper()
                                .readTree(call.body())
                                .at("/resourceLogs/0/scopeLogs/0/logRecords")
                                .values()
                                .stream())
                .filter(one -> one.path("eventName").asString().equals("errand.test." + name))
                .toList();
        assertThat(records).hasSize(1);
        JsonNode entry = Json.mapper()
                .readTree(records.getFirst().at("/body/stringValue").asString());
        assertThat(entry.path("id").asString()).isEqualTo(ids.getFirst());
        assertThat(records.getFirst().path("timeUnixNano").asString()).matches("[0-9]{19}");
        assertThat(records.getFirst().path("attributes").toString()).contains("errand.place", ids.getFirst());
        assertThat(CALLS.getFirst().authorization()).isEqualTo("Bearer of-the-collector");
    }
}
