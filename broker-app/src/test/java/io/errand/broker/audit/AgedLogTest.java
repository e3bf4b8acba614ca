package io.errand.broker.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.errand.api.CheckpointView;
import io.errand.api.Json;
import io.errand.api.LogProof;
import io.errand.api.log.Checkpoint;
import io.errand.api.log.ExportVerifier;
import io.errand.api.log.Proof;
import io.errand.api.log.TreeHash;
import io.errand.api.log.Verification;
import io.errand.api.log.VerifierKey;
import io.errand.api.log.WitnessKey;
import io.errand.api.log.WitnessPolicy;
import io.errand.testing.BrokerTest;
import io.errand.testing.ObjectStore;
import io.errand.testing.Scene;
import io.errand.testing.TestWitness;
import io.errand.testing.Wire.Answer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.context.TestPropertySource;

/**
 * A log of many months: witnesses cosign it, its last checkpoint is kept elsewhere, months are dropped and texts erased; and whoever
 * kept the key, a witness's key and an older checkpoint verifies what remains.
 */
@BrokerTest
@DirtiesContext
@TestPropertySource(properties = "errand.audit.keep-months=3")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class AgedLogTest {

    private static final String SMITH = "Call Ms. Smith about her bill";

    private static final TestWitness WITNESS = new TestWitness("witness.example/test");
    private static final ObjectStore STORE = new ObjectStore("of-the-store");

    private final Scene scene;
    private final JdbcClient jdbc;
    private final CheckpointCopies copies;

    @Autowired
    AgedLogTest(@LocalServerPort int port, JdbcClient jdbc, CheckpointCopies copies) {
        scene = new Scene(port);
        this.jdbc = jdbc;
        this.copies = copies;
    }

    @DynamicPropertySource
    static void others(DynamicPropertyRegistry registry) throws IOException {
        Path token = Files.writeString(Files.createTempFile("errand-store", ""), "of-the-store\n");
        registry.add("errand.audit.witnesses.test.url", WITNESS::url);
        registry.add("errand.audit.witnesses.test.key", WITNESS::vkey);
        registry.add("errand.audit.witnesses.test.interval", () -> "PT1S");
        registry.add("errand.audit.checkpoint-copies.store.url", () -> STORE.url() + "/bucket/checkpoint");
        registry.add("errand.audit.checkpoint-copies.store.bearer-file", token::toString);
    }

    @AfterAll
    static void over() {
        WITNESS.close();
        STORE.close();
    }

    private VerifierKey key() {
        return VerifierKey.parse(scene.anonymous().get("/log/vkey").text()).orElseThrow();
    }

    private Checkpoint last() {
        return Checkpoint.parse(scene.anonymous().get("/log/checkpoint").text()).orElseThrow();
    }

    /** So many events of so many months ago, each with a text of somebody's. */
    private List<String> aged(int months, int count) {
        List<String> ids = jdbc.sql("""
                        INSERT INTO audit_event (id, at, kind, details)
                        SELECT (lpad(to_hex(extract(epoch FROM begins)::bigint * 1000 + n), 12, '0')
                                || '7000' || '8' || substr(md5(random()::text), 1, 15))::uuid,
                               begins, 'test', jsonb_build_object('purpose', :text, 'n', n)
                          FROM (SELECT now() - make_interval(months => :months) AS begins) AS ago, generate_series(1, :count) AS n
                        RETURNING id::text
                        """)
                .param("text", SMITH)
                .param("months", months)
                .param("count", count)
                .query(String.class)
                .list();
        jdbc.sql("SELECT audit_months_ahead()")
                .query(Integer.class)
                .single(); // as each day: a partition for each month
        return ids;
    }

    private void awaitPlaces() {
        await("places")
                .atMost(Duration.ofSeconds(60))
                .until(() -> jdbc.sql("SELECT count(*) FROM audit_queue")
                                .query(Long.class)
                                .single()
                        == 0);
    }

    private String export() {
        return scene.as("errand.auditor").get("/admin/v1/audit/export").text();
    }

    private String disclosures() {
        return scene.as("errand.auditor").get("/admin/v1/audit/disclosures").text();
    }

    private Verification verified(String export, @Nullable Checkpoint kept, @Nullable String disclosures)
            throws IOException {
        return new ExportVerifier(key())
                .against(kept)
                .withWitnesses(new WitnessPolicy(
                        List.of(WitnessKey.parse(WITNESS.vkey()).orElseThrow()), 1))
                .withDisclosures(
                        disclosures == null
                                ? null
                                : new ByteArrayInputStream(disclosures.getBytes(StandardCharsets.UTF_8)))
                .verify(new ByteArrayInputStream(export.getBytes(StandardCharsets.UTF_8)));
    }

    private void awaitWitness(long least) {
        await("a cosignature").atMost(Duration.ofSeconds(60)).until(() -> WITNESS.size() >= least);
        await("the cosignature is kept")
                .atMost(Duration.ofSeconds(30))
                .until(() -> jdbc.sql("SELECT count(*) FROM audit_cosignature WHERE size >= :least")
                                .param("least", least)
                                .query(Long.class)
                                .single()
                        > 0);
    }

    @Test
    @Order(1)
    void aWitnessThatDoesNotKnowTheLogIsSaidAndThenCosigns() throws IOException {
        scene.jwtTool(Scene.name("first"), Map.of()); // an event
        await("a log")
                .atMost(Duration.ofSeconds(30))
                .until(() -> scene.anonymous().get("/log/checkpoint").status() == 200);
        await("its word").atMost(Duration.ofSeconds(30)).until(() -> doctor().contains("does not know the log"));

        WITNESS.knows(key(), 0);
        awaitWitness(1);
        scene.jwtTool(Scene.name("second"), Map.of());
        awaitWitness(last().size());

        assertThat(doctor()).doesNotContain("does not know the log");
        WitnessKey witness = WitnessKey.parse(WITNESS.vkey()).orElseThrow();
        assertThat(scene
                        .as("errand.auditor")
                        .get("/admin/v1/audit/checkpoints?limit=1000")
                        .json()
                        .path("items")
                        .values()
                        .stream()
                        .map(item -> Json.mapper().treeToValue(item, CheckpointView.class))
                        .map(view -> Checkpoint.parse(view.note()).orElseThrow()))
                .anyMatch(checkpoint -> witness.of(checkpoint).isPresent());
        await("the copy")
                .atMost(Duration.ofSeconds(30))
                .until(() -> new String(STORE.object("/bucket/checkpoint"), StandardCharsets.UTF_8)
                        .equals(last().alone().toString()));
        assertThat(copies.read())
                .singleElement()
                .satisfies(copy -> assertThat(copy.isOf(key())).isTrue());
    }

    private String doctor() {
        return scene.as("errand.operator").get("/admin/v1/doctor").text();
    }

    @Test
    @Order(2)
    void whatRemainsOfManyMonthsVerifies() throws IOException {
        List<String> old = aged(7, 700);
        awaitPlaces();
        Checkpoint early = last().alone();
        aged(6, 300);
        List<String> recent = aged(2, 300);
        awaitPlaces();
        awaitWitness(last().size());
        Checkpoint kept = last().alone();
        String before = export();
        assertThat(verified(before, kept, disclosures())).isInstanceOf(Verification.Verified.class);

        Answer erased = scene.admin().post("/admin/v1/audit/erasures", Map.of("event", recent.getFirst()));
        assertThat(erased.json().path("erased").asInt()).as(erased.text()).isEqualTo(1);
        jdbc.sql("UPDATE scheduled_tasks SET execution_time = now() WHERE task_name = 'errand-audit-retention'")
                .update();
        await("months that are dropped")
                .atMost(Duration.ofSeconds(60))
                .until(() -> !scene.events("kind=audit.months_dropped").isEmpty());
        awaitPlaces();

        long minimum = scene.events("kind=audit.months_dropped")
                .getFirst()
                .path("details")
                .path("minimum_index")
                .asLong();
        assertThat(minimum).isPositive().isGreaterThan(early.size()).isLessThan(kept.size());
        assertThat(minimum % 256).isZero();
        String after = export();
        String told = disclosures();
        assertThat(verified(after, kept, told)).isInstanceOfSatisfying(Verification.Verified.class, whole -> {
            assertThat(whole.first()).isEqualTo(minimum);
            assertThat(whole.witnessed()).isGreaterThanOrEqualTo(kept.size());
        });
        assertThat(verified(after, early, null)).isInstanceOf(Verification.Unusable.class);
        assertThat(told.lines().filter(line -> line.contains(SMITH)))
                .as("texts of what remains, but the one that was erased")
                .hasSize(recent.size() - 1);
        assertThat(after).doesNotContain(SMITH);
        assertThat(jdbc.sql("SELECT count(*) FROM audit_event WHERE id = ANY (:ids::uuid[])")
                        .param("ids", old.toArray(String[]::new))
                        .query(Long.class)
                        .single())
                .isZero();
        prunedAsTheSpecificationSays(minimum, early, entry(before, recent.getLast()));
    }

    private static String entry(String export, String event) {
        return export.lines()
                .filter(line -> line.startsWith("{\"at\":") && line.contains(event))
                .findFirst()
                .orElseThrow();
    }

    /** Hashes stay: an older checkpoint is one of this log's past, and whoever kept an entry shows that it was in it. */
    private void prunedAsTheSpecificationSays(long minimum, Checkpoint early, String entry) {
        assertThat(scene.as("errand.auditor").get("/log/tile/entries/000").status())
                .isEqualTo(404);
        assertThat(scene.as("errand.auditor")
                        .get("/log/tile/entries/%03d".formatted(minimum / 256))
                        .status())
                .isEqualTo(200);
        assertThat(scene.anonymous().get("/log/tile/0/000").status()).isEqualTo(200);
        LogProof past = proof("consistency=" + early.size());
        Checkpoint now = Checkpoint.parse(past.checkpoint()).orElseThrow();
        assertThat(Proof.isConsistent(early.size(), early.root(), now.size(), now.root(), hashes(past)))
                .isTrue();
        LogProof inclusion =
                proof("event=" + Json.mapper().readTree(entry).path("id").asString());
        Checkpoint of = Checkpoint.parse(inclusion.checkpoint()).orElseThrow();
        assertThat(WitnessKey.parse(WITNESS.vkey()).orElseThrow().of(of)).isPresent();
        assertThat(Proof.isIncluded(
                        TreeHash.leaf(entry.getBytes(StandardCharsets.UTF_8)),
                        inclusion.place(),
                        of.size(),
                        of.root(),
                        hashes(inclusion)))
                .isTrue();
    }

    private LogProof proof(String query) {
        Answer answer = scene.as("errand.auditor").get("/admin/v1/audit/proofs?" + query);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return Json.mapper().treeToValue(answer.json(), LogProof.class);
    }

    private static List<byte[]> hashes(LogProof proof) {
        return proof.proof().stream().map(Base64.getDecoder()::decode).toList();
    }

    /** What a witness has seen and the database has not is gone from it. */
    @Test
    @Order(3)
    void aWitnessThatHasSeenMoreShowsThatAnOlderStateWasRestored() {
        WITNESS.knows(key(), last().size() + 1_000);
        jdbc.sql("DELETE FROM audit_cosignature").update();

        scene.jwtTool(Scene.name("restored"), Map.of());

        await("what is said")
                .atMost(Duration.ofSeconds(60))
                .until(() -> doctor().contains("an older state was restored"));
    }
}
