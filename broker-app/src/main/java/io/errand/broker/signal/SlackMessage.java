package io.errand.broker.signal;

import io.errand.api.Json;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A notice as Slack's incoming webhooks, and others that do as they do, take it: {@code {"text": …}}, in which {@code &}, {@code <} and
 * {@code >} are escaped, as what stands between the latter two would be a link, a person or everybody. Nothing is formatted.
 */
final class SlackMessage {

    private SlackMessage() {}

    static String of(String payload) {
        NoticeText notice = NoticeText.of(payload);
        Map<String, Object> message = new LinkedHashMap<>();
        message.put("text", escaped(notice.title() + "\n" + String.join("\n", notice.lines())));
        message.put("mrkdwn", false);
        return Json.mapper().writeValueAsString(message);
    }

    /** A name that calls everybody is parted by a space without width, where a workspace links names by themselves. */
    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replaceAll("(?i)@(channel|here|everyone|group)\\b", "@\u200b$1");
    }
}
