package io.errand.broker.directory;

import io.errand.broker.shared.ErrandProperties;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Entries as the wire has them (RFC 7643 §3, §4). */
final class ScimResources {

    private static final String LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

    private ScimResources() {}

    /** @param query which attributes are asked for */
    static Map<String, Object> of(DirectoryEntry entry, ErrandProperties errand, ScimQuery query) {
        EntryContent content = entry.content();
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        all.put("schemas", List.of(entry.kind().schema()));
        all.put("id", entry.id().toString());
        all.put("externalId", content.externalId());
        if (entry.kind() == EntryKind.USER) {
            all.put("userName", content.name());
            all.put("displayName", content.displayName());
            all.put(
                    "emails",
                    content.email() == null
                            ? null
                            : List.of(Map.of("value", content.email(), "type", "work", "primary", true)));
            all.put("active", content.active());
        } else {
            all.put("displayName", content.name());
            all.put("members", members(content, errand));
        }
        all.put("meta", meta(entry, errand));
        Map<String, Object> shown = new LinkedHashMap<>();
        all.forEach((name, value) -> {
            if (value != null && query.shows(name)) {
                shown.put(name, value);
            }
        });
        return shown;
    }

    private static @Nullable List<Map<String, String>> members(EntryContent content, ErrandProperties errand) {
        return content.members().isEmpty()
                ? null
                : content.members().stream()
                        .sorted()
                        .map(member -> Map.of(
                                "value", member.toString(),
                                "$ref", address(errand, "Users/" + member),
                                "type", "User"))
                        .toList();
    }

    private static Map<String, Object> meta(DirectoryEntry entry, ErrandProperties errand) {
        Map<String, Object> meta = new LinkedHashMap<>();
        meta.put("resourceType", entry.kind().type());
        meta.put("created", time(entry.created()));
        meta.put("lastModified", time(entry.modified()));
        meta.put("location", location(entry, errand));
        return meta;
    }

    private static String time(Instant at) {
        return at.truncatedTo(ChronoUnit.MILLIS).toString();
    }

    static String location(DirectoryEntry entry, ErrandProperties errand) {
        return address(errand, entry.kind().path() + "/" + entry.id());
    }

    static String address(ErrandProperties errand, String path) {
        return errand.issuer() + ScimEndpoint.PATH + "/" + path;
    }

    /** A part of what was found (RFC 7644 §3.4.2). */
    static Map<String, Object> list(long total, int startIndex, List<?> resources) {
        Map<String, Object> list = new LinkedHashMap<>();
        list.put("schemas", List.of(LIST));
        list.put("totalResults", total);
        list.put("startIndex", startIndex);
        list.put("itemsPerPage", resources.size());
        list.put("Resources", resources);
        return list;
    }
}
