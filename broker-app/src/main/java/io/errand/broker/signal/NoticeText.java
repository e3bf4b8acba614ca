package io.errand.broker.signal;

import io.errand.api.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * A notice for people. What others have named (agents, owners, reasons) is on one line each, without what could make a line of its own or
 * turn the text around.
 */
record NoticeText(JsonNode notice) {

    private static final int LONGEST = 300;

    static NoticeText of(String payload) {
        return new NoticeText(Json.mapper().readTree(payload));
    }

    String title() {
        String agent = notice.at("/data/agent").asString("");
        return "Errand: " + notice.path("type").asString("") + (agent.isEmpty() ? "" : " " + line(agent));
    }

    /** {@code member: value} each. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        for (Map.Entry<String, JsonNode> member : notice.path("data").properties()) {
            JsonNode value = member.getValue();
            lines.add(member.getKey().replace('_', ' ') + ": "
                    + line(value.isString() ? value.asString() : value.toString()));
        }
        lines.add("at: " + line(notice.path("timestamp").asString("")));
        return lines;
    }

    Optional<String> owner() {
        return Optional.of(notice.at("/data/owner").asString("")).filter(owner -> !owner.isEmpty());
    }

    private static String line(String text) {
        String line = text.replaceAll("[\\p{Cntrl}\\p{Cf}\\p{Zl}\\p{Zp}]+", " ").strip();
        int end = Math.min(line.length(), LONGEST);
        return line.length() <= LONGEST
                ? line
                : line.substring(0, Character.isHighSurrogate(line.charAt(end - 1)) ? end - 1 : end) + "…";
    }
}
