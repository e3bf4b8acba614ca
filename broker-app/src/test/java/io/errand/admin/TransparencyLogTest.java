package io.errand.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.errand.api.log.Checkpoint;
import io.errand.api.log.ExportVerifier;
import io.errand.api.log.Proof;
import io.errand.api.log.Tile;
import io.errand.api.log.TreeHash;
import io.errand.api.log.Verification;
import io.errand.api.log.VerifierKey;
import io.errand.broker.shared.Ids;
import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Wire.Answer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.JsonNode;

/** What happened is in a log that a stranger can verify. */
@BrokerTest
class TransparencyLogTest {

    private static final Duration SOON = Duration.ofSeconds(10);

    private final Scene scene;
    private final JdbcClient jdbc;
    private final TransactionTemplate transaction;

    TransparencyLogTest(
            @LocalServerPort int port, @Autowired JdbcClient jdbc, @Autowired TransactionTemplate transaction) {
        scene = new Scene(port);
        this.jdbc = jdbc;
        this.transaction = transaction;
    }

    @Test
    void anEventIsProvedByItsLineAndTheCheckpoint() {
        UUID event = written(
                Ids.next(), "{\"purpose\": \"Call Ms. Smith\", \"question\": {\"task\": {\"purpose\": \"Again\"}}}");

        JsonNode proof = proof(event);

        Checkpoint checkpoint =
                Checkpoint.parse(proof.path("checkpoint").asString()).orElseThrow();
        assertThat(checkpoint.isOf(key())).isTrue();
        String line = proof.path("line").asString();
        assertThat(Proof.isIncluded(
                        TreeHash.leaf(line.getBytes(StandardCharsets.UTF_8)),
                        proof.path("place").asLong(),
                        checkpoint.size(),
                        checkpoint.root(),
                        hashes(proof.path("proof"))))
                .isTrue();
        assertThat(line)
                .contains(event.toString(), "salted_sha256")
                .doesNotContain("Smith")
                .doesNotContain("Again");
    }

    @Test
    void anExportVerifiesWithItsDisclosures() throws IOException {
        proof(written(Ids.next(), "{\"comment\": \"by hand\"}"));
        String disclosures = text("/admin/v1/audit/disclosures");
        String export = text("/admin/v1/audit/export");

        Verification verification =
                new ExportVerifier(key()).withDisclosures(stream(disclosures)).verify(stream(export));

        assertThat(verification).isInstanceOf(Verification.Verified.class);
        assertThat(((Verification.Verified) verification).statements().disclosures())
                .isPositive();
        assertThat(disclosures).contains("\"text\":\"by hand\"");
        assertThat(export).doesNotContain("by hand");
    }

    @Test
    void anExportGoesOnFromACheckpoint() throws IOException {
        proof(written(Ids.next(), "{}"));
        Checkpoint before = Checkpoint.parse(text("/log/checkpoint")).orElseThrow();
        UUID event = written(Ids.next(), "{}");
        proof(event);

        String export = text("/admin/v1/audit/export?since=" + before.size());

        Verification verification = new ExportVerifier(key()).against(before).verify(stream(export));
        assertThat(verification).isInstanceOf(Verification.Verified.class);
        assertThat(((Verification.Verified) verification).first()).isEqualTo(before.size());
        assertThat(export).contains(event.toString());
    }

    @Test
    void personalTextIsErasedAndTheLogStaysWhatItWas() throws IOException {
        UUID event = written(Ids.next(), "{\"purpose\": \"Call Mr. Jones\", \"tool\": \"phone\"}");
        String line = proof(event).path("line").asString();

        Answer erased = scene.admin().post("/admin/v1/audit/erasures", Map.of("event", event.toString()));

        assertThat(erased.status()).as(erased.text()).isEqualTo(200);
        assertThat(erased.json().path("erased").asInt()).isOne();
        assertThat(scene.as("errand.auditor")
                        .post("/admin/v1/audit/erasures", Map.of("event", event.toString()))
                        .status())
                .isEqualTo(403);
        assertThat(jdbc.sql("SELECT details::text FROM audit_event WHERE id = :id")
                        .param("id", event)
                        .query(String.class)
                        .single())
                .doesNotContain("Jones")
                .contains("phone", "salted_sha256");
        assertThat(proof(event).path("line").asString()).isEqualTo(line);
        String disclosures = text("/admin/v1/audit/disclosures");
        assertThat(disclosures).doesNotContain("Jones");
        assertThat(new ExportVerifier(key())
                        .withDisclosures(stream(disclosures))
                        .verify(stream(text("/admin/v1/audit/export"))))
                .isInstanceOf(Verification.Verified.class);
        assertThat(scene.events("kind=audit.erased&order=desc")
                        .getFirst()
                        .path("details")
                        .path("event")
                        .asString())
                .isEqualTo(event.toString());
    }

    /** One that began before another, and commits after the other has its place. */
    @Test
    void whatCommitsLateIsNotMissed() {
        UUID late = Ids.next();
        transaction.executeWithoutResult(status -> {
            insert(late, "{}");
            Thread other = Thread.ofVirtual().start(() -> proof(written(Ids.next(), "{}")));
            await().atMost(SOON).until(() -> !other.isAlive());
            assertThat(scene.admin().get("/admin/v1/audit/proofs?event=" + late).status())
                    .isEqualTo(404);
        });

        proof(late);
        assertThat(jdbc.sql("SELECT count(*) FROM audit_leaf WHERE event_id = :id")
                        .param("id", late)
                        .query(Integer.class)
                        .single())
                .isOne();
    }

    @Test
    void aStepBackIsNone() {
        UUID never = Ids.next();
        transaction.executeWithoutResult(status -> {
            insert(never, "{}");
            status.setRollbackOnly();
        });
        proof(written(Ids.next(), "{}"));

        assertThat(scene.admin().get("/admin/v1/audit/proofs?event=" + never).status())
                .isEqualTo(404);
    }

    @Test
    void whatIsTooLongForALineStandsAsADigest() throws IOException {
        UUID event = written(Ids.next(), "{\"statement\": \"" + "x".repeat(70_000) + "\", \"reason\": \"y\"}");

        String line = proof(event).path("line").asString();

        assertThat(line.length()).isLessThan(1_000);
        assertThat(line).contains("\"reason\":\"y\"", "\"statement\":{\"sha256\":");
        String disclosures = text("/admin/v1/audit/disclosures");
        String export = text("/admin/v1/audit/export");
        assertThat(new ExportVerifier(key())
                        .withDisclosures(stream(disclosures))
                        .verify(stream(export)))
                .isInstanceOf(Verification.Verified.class);
    }

    @Test
    void hashesAreAnybodysAndEntriesAnAuditors() {
        proof(written(Ids.next(), "{}"));
        long size = Checkpoint.parse(text("/log/checkpoint")).orElseThrow().size();
        String last = size % 256 == 0 ? "000" : tilePath(size);

        assertThat(scene.anonymous().get("/log/vkey").status()).isEqualTo(200);
        assertThat(scene.anonymous().get("/log/tile/0/" + last).status()).isEqualTo(200);
        assertThat(scene.anonymous().get("/log/tile/entries/" + last).status()).isEqualTo(401);
        assertThat(scene.as("errand.operator").get("/log/tile/entries/" + last).status())
                .isEqualTo(403);
        assertThat(scene.as("errand.auditor").get("/log/tile/entries/" + last).status())
                .isEqualTo(200);
    }

    private static String tilePath(long size) {
        String path = new Tile(0, size / 256, (int) (size % 256)).path();
        return path.substring("tile/0/".length());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/log/tile/0/999/999",
                "/log/tile/0/x999/999",
                "/log/tile/0/000.p/0",
                "/log/tile/0/000.p/256",
                "/log/tile/0/x000/000",
                "/log/tile/9/000",
                "/log/tile/0/",
                "/log/tile/7/000",
                "/log/tile/0/x999/x999/x999/x999/x999/999.p/1"
            })
    void whatIsNoTileIsNotFound(String path) {
        assertThat(scene.admin().get(path).status()).isEqualTo(404);
        assertThat(scene.admin()
                        .get(path.replaceFirst("tile/\\d", "tile/entries"))
                        .status())
                .isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/admin/v1/audit/proofs",
                "/admin/v1/audit/proofs?event=x",
                "/admin/v1/audit/proofs?consistency=999999999999",
                "/admin/v1/audit/proofs?consistency=-1",
                "/admin/v1/audit/export?since=yesterday",
                "/admin/v1/audit/export?since=999999999999",
                "/admin/v1/audit/checkpoints?cursor=x"
            })
    void whatCannotBeAskedIsTold(String path) {
        Answer answer = scene.admin().get(path);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.json().path("detail").asString()).isNotEmpty();
    }

    @Test
    void whoReadsTheLogIsInIt() {
        proof(written(Ids.next(), "{}"));
        text("/admin/v1/audit/export");

        assertThat(scene.events("kind=audit.exported&order=desc")
                        .getFirst()
                        .path("who")
                        .asString())
                .startsWith("person:");
    }

    private VerifierKey key() {
        return VerifierKey.parse(text("/log/vkey")).orElseThrow();
    }

    private JsonNode proof(UUID event) {
        return await().atMost(SOON)
                .until(() -> scene.admin().get("/admin/v1/audit/proofs?event=" + event), found -> found.status() == 200)
                .json();
    }

    private String text(String path) {
        Answer answer = scene.admin().get(path);
        assertThat(answer.status()).as(path + answer.text()).isEqualTo(200);
        return answer.text();
    }

    private UUID written(UUID id, String details) {
        insert(id, details);
        return id;
    }

    private void insert(UUID id, String details) {
        jdbc.sql(
                        "INSERT INTO audit_event (id, at, kind, details) VALUES (:id, clock_timestamp(), 'test.written', :details::jsonb)")
                .param("id", id)
                .param("details", details)
                .update();
    }

    private static List<byte[]> hashes(JsonNode texts) {
        List<byte[]> hashes = new ArrayList<>();
        texts.forEach(text -> hashes.add(Base64.getDecoder().decode(text.asString())));
        return hashes;
    }

    private static ByteArrayInputStream stream(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }
}
