package io.errand.quickstart.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import io.errand.api.Json;
import io.errand.quickstart.People;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** What a page must show of a JSON document: each name and each value, in their order, as text. */
final class Shown {

    private final List<String> texts = new ArrayList<>();

    /** The request itself, the bytes of it and their digest; nothing in it is a part of the page. */
    static void assertAllOf(Waiting waiting, Page page) {
        JsonNode view = waiting.view();
        String request = view.path("request").asString();
        People.reads(page.locator(".digest"), view.path("digest").asString());
        assertThat(page.locator(".request").locator("dt, .value, .literal, i").allTextContents())
                .containsExactlyElementsOf(of(Json.mapper().readTree(request)));
        page.locator("details summary").click();
        assertThat(page.locator("details pre").textContent()).isEqualTo(seen(request));
        assertThat(page.locator("main script, main img, form form, [onerror]").count())
                .isZero();
    }

    private static List<String> of(JsonNode document) {
        Shown shown = new Shown();
        shown.add(document);
        return shown.texts;
    }

    private void add(JsonNode node) {
        if (node.isObject()) {
            node.properties().forEach(member -> {
                texts.add(seen(member.getKey()));
                add(member.getValue());
            });
        } else {
            node.valueStream().forEach(this::add);
        }
        if (node.isEmpty() && node.isContainer()) {
            texts.add(node.isObject() ? "no members" : "none");
        }
        if (!node.isContainer()) {
            texts.add(node.asString().isEmpty() ? "empty text" : seen(node.asString()));
        }
    }

    /** Of what turns text around, its name. */
    static String seen(String text) {
        return text.replace("\u202e", "U+202E").replace("\u2066", "U+2066").replace("\u200b", "U+200B");
    }
}
