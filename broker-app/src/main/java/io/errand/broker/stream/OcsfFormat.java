package io.errand.broker.stream;

import io.errand.api.Json;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/**
 * OCSF 1.5.0, category Identity &amp; Access Management: sign-ins are Authentication (3002), credentials made and gone are User Access
 * Management (3005), everything else is Entity Management (3004) of what the event is about. {@code raw_data} is the entry of the log
 * itself, and {@code unmapped} what it is joined by.
 *
 * @param version of this service
 */
record OcsfFormat(String version) implements EventFormat {

    static final String SCHEMA = "1.5.0";

    private static final int OTHER = 99;
    private static final List<String> JOINED_BY = List.of("agent", "task", "lease", "decision", "outcome");

    /** Class, its caption, and what was done, by its number and caption there. */
    private record Kind(int uid, String caption, int activity, String activityName) {}

    @Override
    public byte[] write(JsonNode event, byte[] line) {
        EventKind its = EventKind.of(event.path("kind").asString());
        Kind kind = kind(its);
        Map<String, Object> ocsf = new LinkedHashMap<>();
        ocsf.put("category_uid", 3);
        ocsf.put("category_name", "Identity & Access Management");
        ocsf.put("class_uid", kind.uid);
        ocsf.put("class_name", kind.caption);
        ocsf.put("activity_id", kind.activity);
        ocsf.put("activity_name", kind.activityName);
        ocsf.put("type_uid", kind.uid * 100 + kind.activity);
        ocsf.put("type_name", kind.caption + ": " + kind.activityName);
        ocsf.put("time", Instant.parse(event.path("at").asString()).toEpochMilli());
        ocsf.put("severity_id", its.severity().ocsf());
        ocsf.put("severity", capitalized(its.severity().name()));
        ocsf.put("status_id", its.isRefusal() ? 2 : 1);
        ocsf.put("status", its.isRefusal() ? "Failure" : "Success");
        Entry.text(event.path("details"), "reason").ifPresent(reason -> ocsf.put("status_detail", reason));
        ocsf.put("message", its.name());
        ocsf.put("metadata", metadata(event, its));
        Optional<String> who = Entry.text(event, "who");
        who.ifPresent(name -> ocsf.put("actor", Map.of("user", user(name))));
        switch (kind.uid) {
            case 3002 -> {
                ocsf.put("user", user(who.orElse("unknown")));
                ocsf.put("service", Map.of("name", "Errand"));
            }
            case 3005 -> {
                ocsf.put("user", user("agent:" + Entry.text(event, "agent").orElse("unknown")));
                ocsf.put("privileges", privileges(event));
            }
            default -> ocsf.put("entity", entity(event, its));
        }
        Map<String, Object> joined = new LinkedHashMap<>();
        JOINED_BY.forEach(member -> Entry.text(event, member).ifPresent(value -> joined.put(member, value)));
        if (!joined.isEmpty()) {
            ocsf.put("unmapped", joined);
        }
        ocsf.put("raw_data", new String(line, StandardCharsets.UTF_8));
        return Json.mapper().writeValueAsBytes(ocsf);
    }

    private static Kind kind(EventKind its) {
        if (its.isAuthentication()) {
            return its.verb().equals("signed_out")
                    ? new Kind(3002, "Authentication", 2, "Logoff")
                    : new Kind(3002, "Authentication", 1, "Logon");
        }
        if (its.name().equals("lease.activated")) {
            return new Kind(3005, "User Access Management", 1, "Assign Privileges");
        }
        if (its.name().equals("lease.revoked")) {
            return new Kind(3005, "User Access Management", 2, "Revoke Privileges");
        }
        return new Kind(
                3004,
                "Entity Management",
                its.activity().ocsf(),
                its.isRefusal() ? its.verb() : capitalized(its.activity().name()));
    }

    private Map<String, Object> metadata(JsonNode event, EventKind its) {
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put("version", SCHEMA);
        metadata.put("product", Map.of("name", "Errand", "vendor_name", "Errand", "version", version));
        metadata.put("uid", event.path("id").asString());
        metadata.put("sequence", event.path("place").asLong());
        metadata.put("event_code", its.name());
        metadata.put("log_name", "audit");
        metadata.put("original_time", event.path("at").asString());
        Stream.of("task", "decision")
                .flatMap(member -> Entry.text(event, member).stream())
                .findFirst()
                .ifPresent(id -> metadata.put("correlation_uid", id));
        return metadata;
    }

    private static Map<String, Object> user(String who) {
        int type = who.startsWith("person:") ? 1 : who.equals("broker") ? 3 : OTHER;
        String name = switch (type) {
            case 1 -> "User";
            case 3 -> "System";
            default -> who.startsWith("agent:") ? "Agent" : "Other";
        };
        return Map.of("uid", who, "name", who, "type_id", type, "type", name);
    }

    private static Map<String, Object> entity(JsonNode event, EventKind its) {
        Map<String, Object> entity = new LinkedHashMap<>();
        entity.put("type", its.room());
        Stream.of(
                        Entry.text(event.path("details"), its.room()),
                        Entry.text(event.path("details"), "list"),
                        Entry.text(event, its.room()),
                        Entry.text(event, "lease"),
                        Entry.text(event, "task"),
                        Entry.text(event, "decision"),
                        Entry.text(event, "agent"))
                .flatMap(Optional::stream)
                .findFirst()
                .ifPresentOrElse(uid -> entity.put("uid", uid), () -> entity.put("name", its.room()));
        return entity;
    }

    /** The tool's actions, as far as the event says them; else what they were given by. */
    private static List<String> privileges(JsonNode event) {
        JsonNode details = event.path("details");
        String tool = Entry.text(details, "tool").orElse("lease");
        List<String> privileges = new ArrayList<>();
        details.path("actions").forEach(action -> {
            if (action.isString()) {
                privileges.add(tool + ":" + action.asString());
            }
        });
        return privileges.isEmpty()
                ? List.of(Entry.text(details, "tool")
                        .orElse("lease:" + event.path("lease").asString()))
                : privileges;
    }

    private static String capitalized(String name) {
        return name.charAt(0) + name.substring(1).toLowerCase(Locale.ROOT);
    }
}
