package io.errand.reference;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The documentation comments of a record's components, from its source: what a reader of the class sees is what the page says. */
final class Documented {

    private static final Pattern RECORD = Pattern.compile(
            "/\\*\\*((?:(?!\\*/).)*)\\*/\\s*(?:@[\\w.]+(?:\\([^)]*\\))?\\s*)*(?:public\\s+)?record\\s+(\\w+)",
            Pattern.DOTALL);
    private static final Pattern PARAM =
            Pattern.compile("@param\\s+(\\w+)\\s+(.*?)(?=\\s*@param|\\s*$)", Pattern.DOTALL);
    private static final Pattern CODE = Pattern.compile("\\{@code\\s+((?:[^{}]|\\{[^{}]*})*)}");

    private Documented() {}

    /** Names of components, and what is said of each as one line of Markdown. */
    static Map<String, String> components(Class<?> record) {
        Matcher found = RECORD.matcher(source(record));
        while (found.find()) {
            if (found.group(2).equals(record.getSimpleName())) {
                return params(found.group(1));
            }
        }
        return Map.of();
    }

    private static Map<String, String> params(String comment) {
        String text = comment.replaceAll("\\s*\\n\\s*\\*\\s?", "\n").strip();
        Map<String, String> params = new HashMap<>();
        Matcher param = PARAM.matcher(text);
        while (param.find()) {
            params.put(param.group(1), line(param.group(2)));
        }
        return params;
    }

    private static String line(String text) {
        return CODE.matcher(text.replaceAll("\\s+", " "))
                .replaceAll("`$1`")
                .replaceAll("</?code>", "`")
                .replace("|", "\\|")
                .strip();
    }

    private static String source(Class<?> record) {
        Class<?> top = record;
        while (top.getEnclosingClass() != null) {
            top = top.getEnclosingClass();
        }
        String file = top.getName().replace('.', '/') + ".java";
        for (String module : new String[] {"broker-app", "broker-api"}) {
            Path path = root().resolve(module).resolve("src/main/java").resolve(file);
            if (Files.exists(path)) {
                return read(path);
            }
        }
        throw new IllegalStateException("no source of " + record);
    }

    static String read(Path path) {
        try {
            return Files.readString(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Path root() {
        Path here = Path.of("").toAbsolutePath();
        return Files.isDirectory(here.resolve("docs")) ? here : Objects.requireNonNull(here.getParent());
    }
}
