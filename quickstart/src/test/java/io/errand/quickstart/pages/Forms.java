package io.errand.quickstart.pages;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.api.Json;
import io.errand.quickstart.pages.Page.Block;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import tools.jackson.databind.JsonNode;

/** Whether a block that is not run could be: its form is that of its language. */
final class Forms {

    private static final Set<String> PROSE =
            Set.of("http", "text", "sql", "cedar", "properties", "hcl", "toml", "ini", "nginx", "java", "mermaid", "");

    private Forms() {}

    static void check(String what, Block block, Path folder) throws IOException, InterruptedException {
        switch (block.language()) {
            case "sh", "bash" -> {
                Path script = Files.writeString(folder.resolve("form.sh"), block.text());
                Process shell = new ProcessBuilder("bash", "-n", script.toString())
                        .redirectErrorStream(true)
                        .start();
                String said = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                assertThat(shell.waitFor()).as(what + ": " + said).isZero();
            }
            case "yaml" -> {
                for (Object document : new Yaml(new SafeConstructor(new LoaderOptions())).loadAll(block.text())) {
                    assertThat(document).as(what).isNotNull();
                }
            }
            case "json" -> Json.mapper().readTree(block.text());
            default ->
                assertThat(PROSE)
                        .as(what + ": nobody here knows whether this is " + block.language())
                        .contains(block.language());
        }
    }

    /** Every member of what the page shows is in the answer; … stands for anything, and for any part of a text. */
    static void shown(String what, JsonNode shown, JsonNode answer) {
        if (shown.isObject()) {
            shown.properties()
                    .forEach(member ->
                            shown(what + "." + member.getKey(), member.getValue(), answer.path(member.getKey())));
        } else if (shown.isArray()) {
            assertThat(answer.size()).as(what + " of " + answer).isGreaterThanOrEqualTo(shown.size());
            for (int i = 0; i < shown.size(); i++) {
                shown(what + "[" + i + "]", shown.get(i), answer.path(i));
            }
        } else if (shown.isString() && shown.asString().contains("…")) {
            assertThat(answer.isMissingNode()).as(what + " is missing").isFalse();
            if (answer.isString()) {
                String[] parts = shown.asString().split("…", -1);
                StringBuilder pattern = new StringBuilder(Pattern.quote(parts[0]));
                for (int i = 1; i < parts.length; i++) {
                    pattern.append("(?s).*").append(Pattern.quote(parts[i]));
                }
                assertThat(answer.asString()).as(what).matches(pattern.toString());
            }
        } else if (what.endsWith(".expires_in")) { // seconds that pass
            assertThat(answer.asLong()).as(what).isBetween(1L, shown.asLong());
        } else {
            assertThat(answer.toString()).as(what).isEqualTo(shown.toString());
        }
    }
}
