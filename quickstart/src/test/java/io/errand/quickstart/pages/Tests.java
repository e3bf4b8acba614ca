package io.errand.quickstart.pages;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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

    /** Whether one of them speaks of a page, other than this package. */
    static boolean readPage(String page) throws IOException {
        for (Path place : PLACES) {
            try (Stream<Path> files = Files.walk(place)) {
                for (Path file : files.filter(Files::isRegularFile)
                        .filter(file -> !file.toString().contains("/pages/"))
                        .toList()) {
                    if (Files.readString(file).contains(page)) {
                        return true;
                    }
                }
            }
        }
        return false;
    }
}
