package io.errand.quickstart.pages;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The sources of this repository's tests. */
final class Tests {

    private static final List<Path> PLACES = List.of(
            Path.of("..", "broker-app", "src", "test"),
            Path.of("..", "broker-cli", "src", "test"),
            Path.of("..", "quickstart", "src", "test"),
            Path.of("..", "interop"));

    private Tests() {}

    static boolean named(String name) throws IOException {
        for (Path place : PLACES) {
            try (Stream<Path> files = Files.walk(place)) {
                if (files.anyMatch(file ->
                        file.getFileName().toString().replaceFirst("\\..*", "").equals(name))) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Whether the test names the page, or the directory that it is in, itself or by a class that it uses. */
    static boolean reads(String test, String page) throws IOException {
        Path file = Path.of(page);
        String directory = String.valueOf(file.getName(file.getNameCount() - 2));
        List<String> words = directory.equals("docs")
                ? List.of("docs/" + file.getFileName())
                : List.of(page, "\"" + directory + "\"");
        Map<String, String> sources = sources();
        String source = sources.getOrDefault(test, "");
        return speaksOf(source, words)
                || sources.entrySet().stream()
                        .filter(other -> source.contains(other.getKey() + "."))
                        .anyMatch(used -> speaksOf(used.getValue(), words));
    }

    private static boolean speaksOf(String source, List<String> words) {
        return words.stream().anyMatch(source::contains);
    }

    private static Map<String, String> sources() throws IOException {
        Map<String, String> sources = new HashMap<>();
        for (Path place : PLACES) {
            try (Stream<Path> files = Files.walk(place)) {
                for (Path file : files.filter(file -> file.toString().endsWith(".java"))
                        .filter(file -> !file.toString().contains("/pages/"))
                        .toList()) {
                    sources.merge(
                            String.valueOf(file.getFileName()).replaceFirst("\\..*", ""),
                            Files.readString(file),
                            String::concat);
                }
            }
        }
        return sources;
    }
}
