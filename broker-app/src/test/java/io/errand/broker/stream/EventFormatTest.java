package io.errand.broker.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.api.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** What the formats make of entries; {@code interop/streams} holds them against the published schemas. */
class EventFormatTest {

    private static String line(String kind) {
        return "{\"at\":\"2026-11-30T10:00:00.123456Z\",\"place\":7,\"id\":\"01800000-0000-7000-8000-000000000000\",\"kind\":\""
                + kind
                + "\",\"who\":\"person:https://idp:ann\",\"agent\":\"b\",\"lease\":\"01900000-0000-7000-8000-000000000000\","
                + "\"details\":{\"tool\":\"orders\",\"actions\":[\"read\"],\"reason\":\"because\"}}";
    }

    private static JsonNode sent(StreamProperties.Format format, String kind) {
        Entry entry = Entry.of(line(kind).getBytes(StandardCharsets.UTF_8), EventFormat.of(format, "1.0"));
        assertThat(new String(entry.sent(), StandardCharsets.UTF_8)).doesNotContain("\n");
        return Json.mapper().readTree(entry.sent());
    }

    @ParameterizedTest
    @CsvSource({
        "console.signed_in, 3002, 300201, 1, 1",
        "console.signed_out, 3002, 300202, 1, 1",
        "admin.refused, 3002, 300201, 2, 2",
        "lease.activated, 3005, 300501, 1, 1",
        "lease.revoked, 3005, 300502, 1, 1",
        "exchange.denied, 3004, 300499, 2, 2",
        "agent.created, 3004, 300401, 1, 1",
        "admin.read, 3004, 300402, 1, 1",
        "agent.replaced, 3004, 300403, 1, 1",
        "agent.deleted, 3004, 300404, 1, 1",
        "lock.set, 3004, 300401, 1, 4"
    })
    void ocsf(String kind, int type, int activity, int status, int severity) {
        JsonNode event = sent(StreamProperties.Format.OCSF, kind);

        assertThat(event.path("class_uid").asInt()).isEqualTo(type);
        assertThat(event.path("type_uid").asInt()).isEqualTo(activity);
        assertThat(event.path("status_id").asInt()).isEqualTo(status);
        assertThat(event.path("severity_id").asInt()).isEqualTo(severity);
        assertThat(event.path("time").asLong()).isEqualTo(1796032800123L);
        assertThat(event.path("raw_data").asString()).isEqualTo(line(kind));
        assertThat(event.at("/actor/user/name").asString()).isEqualTo("person:https://idp:ann");
        if (type == 3005) {
            assertThat(event.path("privileges").get(0).asString()).isEqualTo("orders:read");
            assertThat(event.at("/user/name").asString()).isEqualTo("agent:b");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "console.signed_in, authentication, start, success",
        "console.refused, authentication, info, failure",
        "exchange.denied, api, denied, failure",
        "lease.revoked, api, deletion, success",
        "agent.ceiling_denied, configuration, info, failure",
        "tool.replaced, configuration, change, success"
    })
    void ecs(String kind, String category, String type, String outcome) {
        JsonNode event = sent(StreamProperties.Format.ECS, kind);

        assertThat(event.at("/event/category/0").asString()).isEqualTo(category);
        assertThat(event.at("/event/type/0").asString()).isEqualTo(type);
        assertThat(event.at("/event/outcome").asString()).isEqualTo(outcome);
        assertThat(event.at("/event/original").asString()).isEqualTo(line(kind));
        assertThat(event.at("/labels/lease").asString()).isEqualTo("01900000-0000-7000-8000-000000000000");
    }

    /** A new verb is an update until somebody says otherwise; so each that is there is one of these on purpose. */
    @Test
    void whatIsNeitherMadeNorEndedNorReadNorRefusedIsAChange() throws IOException {
        List<String> changes = Pattern.compile("`([a-z_]+\\.[a-z_]+)`")
                .matcher(Files.readString(Path.of("../docs/audit-events.md")))
                .results()
                .map(found -> found.group(1))
                .filter(kind -> EventKind.of(kind).activity() == EventKind.Activity.UPDATE)
                .map(kind -> EventKind.of(kind).verb())
                .distinct()
                .sorted()
                .toList();

        assertThat(changes)
                .containsExactly(
                        "adopted",
                        "approved",
                        "baselined",
                        "ceiling_proposed",
                        "change_approved",
                        "change_pending",
                        "change_rejected",
                        "change_superseded",
                        "closed",
                        "consumed",
                        "deferred",
                        "due",
                        "found",
                        "given_back",
                        "group_replaced",
                        "ignored",
                        "irrevocable",
                        "late",
                        "log_continued",
                        "narrowing_proposed",
                        "observed",
                        "offboarded",
                        "owner_limited",
                        "owner_returned",
                        "ownerless",
                        "proposal_adopted",
                        "proposal_dismissed",
                        "reassessed",
                        "received",
                        "recertified",
                        "registered",
                        "renewal_cut",
                        "renewed",
                        "replaced",
                        "resealed",
                        "resolved",
                        "review_due",
                        "review_overdue",
                        "reviewed",
                        "revoking",
                        "separated",
                        "suspended",
                        "switched",
                        "transferred",
                        "unleased",
                        "used",
                        "user_replaced");
    }
}
