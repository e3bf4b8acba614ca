package io.errand.broker.stream;

import io.errand.api.Json;
import io.errand.broker.shared.Secret;
import io.errand.broker.shared.outbound.Outbound;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/**
 * Logs of OTLP 1 over HTTP, as JSON: the body of a record is what an entry is sent as, its attributes what it is found by. Records that a
 * receiver says it rejects are not sent again, as the specification wants it, and told in the service's log.
 */
record OtlpReceiver(
        Outbound outbound, String stream, URI url, @Nullable Path tokenFile, String version) implements StreamReceiver {

    private static final Logger LOG = LoggerFactory.getLogger(OtlpReceiver.class);

    private static final int MOST_ANSWER = 64 * 1024;
    private static final List<String> FOUND_BY = List.of("who", "agent", "task", "lease", "decision", "outcome");

    @Override
    public void take(List<Entry> entries) throws NotTaken {
        List<Map<String, Object>> records =
                entries.stream().map(OtlpReceiver::logRecord).toList();
        Map<String, Object> resource = Map.of(
                "attributes", List.of(attribute("service.name", "errand"), attribute("service.version", version)));
        Map<String, Object> scope = Map.of("name", "io.errand.audit", "version", version);
        Map<String, Object> request = Map.of(
                "resourceLogs",
                List.of(Map.of(
                        "resource", resource, "scopeLogs", List.of(Map.of("scope", scope, "logRecords", records)))));
        Map<String, String> headers = new HashMap<>();
        if (tokenFile != null) {
            headers.put("Authorization", "Bearer " + token(tokenFile));
        }
        byte[] answer = WebhookReceiver.answered(outbound.send(
                new Outbound.Request(url, headers, Json.mapper().writeValueAsBytes(request), MOST_ANSWER),
                WebhookReceiver.TIMEOUT));
        rejected(answer)
                .ifPresent(count -> LOG.error(
                        "Stream {}: its receiver has rejected {} of {} records", stream, count, records.size()));
    }

    private static String token(Path file) throws NotTaken {
        try {
            return Secret.read("token-file", file).strip().reveal();
        } catch (UncheckedIOException e) {
            throw new NotTaken("its token-file cannot be read");
        }
    }

    private static Map<String, Object> logRecord(Entry entry) {
        EventKind kind = entry.kind();
        Map<String, Object> written = new LinkedHashMap<>();
        String nanos = Long.toString(ChronoUnit.NANOS.between(Instant.EPOCH, entry.at()));
        written.put("timeUnixNano", nanos);
        written.put("observedTimeUnixNano", nanos);
        written.put("severityNumber", kind.severity().otlp());
        written.put("severityText", kind.severity().name());
        written.put("eventName", "errand." + kind.name());
        written.put("body", Map.of("stringValue", new String(entry.sent(), StandardCharsets.UTF_8)));
        List<Map<String, Object>> attributes = new ArrayList<>();
        attributes.add(attribute("log.record.uid", entry.id()));
        attributes.add(Map.of(
                "key",
                "errand.place",
                "value",
                Map.of("intValue", Long.toString(entry.event().path("place").asLong()))));
        for (String member : FOUND_BY) {
            Entry.text(entry.event(), member).ifPresent(value -> attributes.add(attribute("errand." + member, value)));
        }
        written.put("attributes", attributes);
        return written;
    }

    private static Map<String, Object> attribute(String key, String value) {
        return Map.of("key", key, "value", Map.of("stringValue", value));
    }

    private static Optional<Long> rejected(byte[] answer) {
        if (answer.length == 0) {
            return Optional.empty();
        }
        try {
            long count = Json.mapper()
                    .readTree(answer)
                    .path("partialSuccess")
                    .path("rejectedLogRecords")
                    .asLong(0);
            return Optional.of(count).filter(some -> some > 0);
        } catch (JacksonException e) {
            return Optional.empty(); // it has taken them, whatever else it says
        }
    }
}
