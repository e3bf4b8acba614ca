package io.errand.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.api.Json;
import io.errand.api.log.ExportVerifier;
import io.errand.api.log.ReceiptKeys;
import io.errand.api.log.Verification;
import io.errand.api.log.VerifierKey;
import io.errand.testing.Scene;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** The audit log as it is exported: its tree is whole, the end of every lease is in it, and nothing is in it twice. */
final class WholeLog {

    private WholeLog() {}

    /** Its entries, each looked at. */
    static long of(Deployment deployment, Scene scene) {
        List<String> events = deployment.rows("SELECT id FROM audit_event").stream()
                .map(List::getFirst)
                .toList();
        Deployment.await("a place for every event", () -> deployment.count("SELECT count(*) FROM audit_queue") == 0);
        VerifierKey key =
                VerifierKey.parse(scene.anonymous().get("/log/vkey").text()).orElseThrow();
        byte[] export = scene.admin().get("/admin/v1/audit/export").text().getBytes(StandardCharsets.UTF_8);

        assertThat(verified(
                        key,
                        export,
                        ReceiptKeys.parse(scene.keys().getBytes(StandardCharsets.UTF_8))
                                .orElseThrow()))
                .isInstanceOfSatisfying(
                        Verification.Verified.class,
                        whole -> assertThat(whole.first()).isZero());

        Set<String> ids = new HashSet<>();
        Map<String, Integer> ends = new HashMap<>();
        new String(export, StandardCharsets.UTF_8)
                .lines()
                .map(Json.mapper()::readTree)
                .filter(line -> line.has("kind"))
                .forEach(event -> {
                    assertThat(ids.add(event.path("id").asString()))
                            .as("once: " + event)
                            .isTrue();
                    if (event.path("kind").asString().equals("lease.revoked")) {
                        ends.merge(lease(event), 1, Integer::sum);
                    }
                });
        assertThat(ends.keySet()).as("ends on the log").containsExactlyInAnyOrderElementsOf(deployment.leases());
        assertThat(ends.values()).allMatch(times -> times == 1);
        assertThat(ids.containsAll(events)).as("every event has its entry").isTrue();
        return ids.size();
    }

    private static Verification verified(VerifierKey key, byte[] export, ReceiptKeys receipts) {
        try {
            return new ExportVerifier(key).withReceiptKeys(receipts).verify(new ByteArrayInputStream(export));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String lease(JsonNode event) {
        return event.path("lease").asString();
    }
}
