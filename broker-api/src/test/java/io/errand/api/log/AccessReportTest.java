package io.errand.api.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.api.Json;
import io.errand.api.log.AccessReport.Access;
import io.errand.api.log.AccessReport.Approved;
import io.errand.api.log.AccessReport.Question;
import io.errand.api.log.AccessReport.Seen;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What an auditor asks, answered by events alone. */
class AccessReportTest {

    private static final List<String> LOG = List.of(
            event("09:58", "approval.approved", "person:people:kim", null, "\"approval\":\"a1\",\"digest\":\"d1\""),
            event("09:59", "approval.approved", "person:people:lee", null, "\"approval\":\"a2\",\"digest\":\"d2\""),
            event("09:59", "approval.voided", null, null, "\"approval\":\"a2\""),
            granted("10:01", "\"l1\",\"l2\"", "people:sam", "a1"),
            event(
                    "10:01",
                    "lease.activated",
                    null,
                    "l1",
                    "\"tool\":\"orders\",\"actions\":[\"read\"],\"expires_at\":\"2026-12-01T10:16:00Z\""),
            event("10:01", "lease.activated", null, "l2", "\"tool\":\"mail\",\"actions\":[\"send\"]"),
            granted("10:02", "\"l3\"", null, null),
            event("10:02", "lease.refused", null, "l3", "\"tool\":\"orders\""),
            granted("10:03", "\"l4\"", null, null),
            event(
                    "10:03",
                    "lease.activated",
                    null,
                    "l4",
                    "\"tool\":\"orders\",\"actions\":[\"read\",\"write\"],\"expires_at\":\"2026-12-01T12:00:00Z\""),
            event("10:04", "lease.renewed", null, "l1", "\"expires_at\":\"2026-12-01T10:30:00Z\""),
            event("10:05", "lease.revoked", null, "l1", "\"tool\":\"orders\",\"evidence\":\"absent\""),
            event(
                    "10:06",
                    "lease.observed",
                    null,
                    "l1",
                    "\"tool\":\"orders\",\"accesses\":[{\"target\":\"orders\",\"what\":\"statement\",\"command\":\"SELECT\","
                            + "\"object\":\"public.orders\",\"sessions\":1,\"times\":2,\"first_at\":\"f\",\"last_at\":\"l\"}]"),
            event(
                    "10:07",
                    "observation.unleased",
                    null,
                    null,
                    "\"target\":\"orders\",\"login\":\"by_hand\",\"session\":\"1.1\",\"reason\":\"the login is of no lease\","
                            + "\"observed_at\":\"2026-12-01T10:06:59Z\""));

    private static Instant at(String time) {
        return Instant.parse("2026-12-01T" + time + ":00Z");
    }

    private static String granted(String time, String leases, @Nullable String person, @Nullable String approval) {
        return event(
                time,
                "exchange.granted",
                "agent:triage",
                null,
                "\"leases\":[" + leases + "]" + (person == null ? "" : ",\"on_behalf_of\":\"" + person + "\"")
                        + (approval == null ? "" : ",\"approval\":\"" + approval + "\""));
    }

    private static String event(
            String time, String kind, @Nullable String who, @Nullable String lease, String details) {
        return "{\"at\":\"" + at(time) + "\",\"kind\":\"" + kind + "\",\"agent\":\"triage\",\"task\":\"t\""
                + (who == null ? "" : ",\"who\":\"" + who + "\"")
                + (lease == null ? "" : ",\"lease\":\"" + lease + "\"")
                + ",\"details\":{" + details + "}}";
    }

    private static AccessReport asked(
            @Nullable String tool, @Nullable String person, @Nullable Instant from, @Nullable Instant until) {
        AccessReport report = new AccessReport(new Question(tool, person, from, until));
        LOG.forEach(line -> report.accept(Json.mapper().readTree(line)));
        return report;
    }

    @Test
    void whoCouldUseAToolIsTold() {
        AccessReport report = asked("orders", null, at("10:00"), at("11:00"));

        assertThat(report.accesses()).extracting(Access::lease).containsExactly("l1", "l4");
        assertThat(report.accesses().getFirst())
                .isEqualTo(new Access(
                        "l1",
                        "orders",
                        List.of("read"),
                        "triage",
                        "t",
                        "people:sam",
                        at("10:01"),
                        at("10:30"),
                        at("10:05"),
                        "absent",
                        List.of(new Approved("person:people:kim", at("09:58"), "d1")),
                        List.of(new Seen("orders", "statement", "SELECT", "public.orders", 2, "f", "l"))));
        assertThat(report.accesses().getLast().goneAt()).isNull();
        assertThat(report.accesses().getLast().approvals()).isEmpty();
        assertThat(report.unleased()).extracting(AccessReport.Unleased::login).containsExactly("by_hand");
    }

    @Test
    void whatWasGoneBeforeOrCameLaterIsLeftOut() {
        assertThat(asked("orders", null, at("10:05"), null).accesses())
                .extracting(Access::lease)
                .containsExactly("l4");
        assertThat(asked("orders", null, null, at("10:02")).accesses())
                .extracting(Access::lease)
                .containsExactly("l1");
        assertThat(asked(null, null, null, at("10:01")).accesses()).isEmpty();
        assertThat(asked(null, null, null, at("10:06")).unleased()).isEmpty();
    }

    @Test
    void onePersonsAreTold() {
        assertThat(asked(null, "people:sam", null, null).accesses())
                .extracting(Access::lease)
                .containsExactly("l1", "l2");
        assertThat(asked(null, "people:kim", null, null).accesses()).isEmpty();
    }

    /** By an export that was signed, and by whoever wrote the events. */
    @Test
    void whatIsNotAsItShouldBeIsNoFault() {
        AccessReport report = new AccessReport(new Question(null, null, null, null));
        for (String line : List.of(
                "{}",
                "[]",
                "7",
                "{\"kind\":7,\"lease\":[],\"at\":{}}",
                "{\"kind\":\"lease.activated\",\"lease\":{\"a\":1},\"details\":[]}",
                "{\"kind\":\"exchange.granted\",\"details\":{\"leases\":{\"sha256\":\"00\"},\"on_behalf_of\":{\"x\":1}}}",
                "{\"kind\":\"lease.observed\",\"lease\":\"{\\\"a\\\":1}\",\"details\":{\"accesses\":[7,[]]}}")) {
            report.accept(Json.mapper().readTree(line));
        }
        assertThat(report.accesses()).hasSize(1);
    }
}
