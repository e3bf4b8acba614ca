package io.errand.quickstart.pages;

import io.errand.quickstart.pages.Page.Block;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The sources of this repository's tests, and the scripts that run what no test can. */
final class Tests {

    private static final List<Path> PLACES = List.of(
            Path.of("..", "broker-app", "src", "test"),
            Path.of("..", "broker-cli", "src", "test"),
            Path.of("..", "quickstart", "src", "test"),
            Path.of("..", "interop"),
            Path.of("..", ".ci"));

    /** They read whatever page and block they are told. */
    private static final List<String> NOT_RUNS = List.of(
            "quickstart/pages/Page.java",
            "quickstart/pages/PageRun.java",
            "quickstart/pages/Tests.java",
            "testing/PageBlock.java");

    private static final Pattern RUN_BY = Pattern.compile("(\\S+)(?: as (\\S+))?");

    private Tests() {}

    /** Whether the test or script that the block's mark names does run it. */
    static boolean run(Page page, Block block) throws IOException {
        Matcher by = RUN_BY.matcher(block.marked("run by"));
        if (!by.matches()) {
            return false;
        }
        String name = by.group(2);
        if (by.group(1).startsWith(".ci/")) {
            String script = Files.readString(Path.of("..", by.group(1)));
            return name == null ? types(script, block) : speaksOf(script, words(page.name())) && names(script, name);
        }
        return reads(by.group(1), page.name())
                && (name == null || readers(by.group(1)).anyMatch(source -> names(source, name)));
    }

    /** Whether each command of the block is a line of the script, which may have more options. */
    private static boolean types(String script, Block block) {
        return block.text()
                .lines()
                .map(line -> line.replaceFirst(" +#.*", ""))
                .allMatch(command -> Pattern.compile(Arrays.stream(command.split(" "))
                                .map(Pattern::quote)
                                .collect(Collectors.joining("(?: -\\S+)* ", "(?m)^(?:\\w+=\\S+ )*", "(?: .*)?$")))
                        .matcher(script)
                        .find());
    }

    private static boolean names(String source, String block) {
        return Pattern.compile("[\" ']" + Pattern.quote(block) + "[\" ')\n]")
                .matcher(source)
                .find();
    }

    /** Whether the test names the page, or the directory that it is in, itself or by a class that it uses. */
    static boolean reads(String test, String page) throws IOException {
        return readers(test).anyMatch(source -> speaksOf(source, words(page)));
    }

    /** The test's own source and those of the classes that it uses. */
    private static Stream<String> readers(String test) throws IOException {
        Map<String, String> sources = sources();
        String source = sources.getOrDefault(test, "");
        return Stream.concat(
                Stream.of(source),
                sources.entrySet().stream()
                        .filter(other -> source.contains(other.getKey() + "."))
                        .map(Map.Entry::getValue));
    }

    private static List<String> words(String page) {
        Path file = Path.of(page);
        String directory = file.getNameCount() < 2 ? "docs" : String.valueOf(file.getName(file.getNameCount() - 2));
        return directory.equals("docs") ? List.of(page) : List.of(page, "\"" + directory + "\"");
    }

    private static boolean speaksOf(String source, List<String> words) {
        return words.stream().anyMatch(source::contains);
    }

    private static Map<String, String> sources() throws IOException {
        Map<String, String> sources = new HashMap<>();
        for (Path place : PLACES) {
            try (Stream<Path> files = Files.walk(place)) {
                for (Path file : files.filter(Files::isRegularFile)
                        .filter(file -> file.toString().endsWith(".java") || file.startsWith(Path.of("..", "interop")))
                        .filter(file -> NOT_RUNS.stream().noneMatch(file::endsWith))
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
