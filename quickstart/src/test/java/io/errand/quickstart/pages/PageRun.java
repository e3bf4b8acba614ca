package io.errand.quickstart.pages;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.api.Json;
import io.errand.quickstart.pages.Page.Block;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Runs a page as a reader would who types it line by line: in one shell, in one directory with the repository's examples and a
 * running broker's data, and with no variable that the page does not set. The first command that fails ends it.
 */
final class PageRun {

    private static final String BEGIN = """
            set -euo pipefail
            shopt -s inherit_errexit
            exec 3>&1 4>&2
            said() {
              rc=$?
              exec 1>&3 2>&4
              [ "$rc" = 0 ] || { echo "line $line of the page ends with $rc"; cat "out$line" "err$line"; }
              for job in $(jobs -p); do kill "$job" 2>/dev/null || true; done
            }
            trap said EXIT
            """;
    private static final Set<String> PRINTS = Set.of("sh", "java");
    private static final int PATIENCE_MINUTES = 10;

    private final Page page;
    private final Path folder;
    private final Map<String, String> here = new LinkedHashMap<>();
    private final Map<String, String> environment;
    private final List<String> script = new ArrayList<>(List.of(BEGIN));

    /** @param broker what serves where the page has the usual address */
    PageRun(Page page, Path folder, ServedByReadme broker) throws IOException {
        this.page = page;
        this.folder = folder;
        Path token = Files.writeString(folder.resolve("workload-token"), broker.workloadToken("invoice-triage"));
        here.put("http://127.0.0.1:9000", broker.url());
        here.put("https://errand.example", broker.url());
        here.put("/var/run/secrets/errand/token", token.toString());
        environment = broker.environment(folder);
        Files.createSymbolicLink(folder.resolve(".errand"), broker.data().toRealPath());
    }

    void run() throws IOException, InterruptedException {
        for (Block block : page.blocks()) {
            add(block);
        }
        Path file = Files.writeString(folder.resolve("page.sh"), String.join("\n", script) + "\n");
        ProcessBuilder builder = new ProcessBuilder("bash", file.toString())
                .directory(folder.toFile())
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("said").toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        Process shell = builder.start();
        if (!shell.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES)) {
            shell.descendants().forEach(ProcessHandle::destroyForcibly);
            shell.destroyForcibly();
        }
        assertThat(shell.waitFor()).as(this::said).isZero();
        answers();
    }

    private String where(Block block) {
        return page.name() + ":" + block.line();
    }

    private void add(Block block) throws IOException, InterruptedException {
        if (block.isMarked("not run")) {
            Forms.check(where(block), block, folder);
        } else if (block.isMarked("run by")) {
            Forms.check(where(block), block, folder);
            assertThat(Tests.run(page, block))
                    .as(where(block) + " is run by what its mark names")
                    .isTrue();
        } else if (block.isMarked("file")) {
            Path written = Files.writeString(folder.resolve("block" + block.line()), block.text());
            script.add("mkdir -p \"$(dirname '" + block.marked("file") + "')\"; cp '" + written + "' '"
                    + block.marked("file") + "'");
        } else if (!block.isMarked("answer")) {
            addRun(block);
        }
    }

    private void addRun(Block block) throws IOException {
        String text = block.text();
        for (Map.Entry<String, String> one : here.entrySet()) {
            text = text.replace(one.getKey(), one.getValue());
        }
        switch (block.language()) {
            case "sh" -> type(block, text);
            case "yaml" -> {
                assertThat(text)
                        .as(where(block) + " is a resource, or says what it is")
                        .contains("kind: ");
                type(block, "errand apply -f '" + write(block, "yaml", text) + "'\n");
            }
            case "java" ->
                type(
                        block,
                        "java -cp '" + System.getProperty("java.class.path") + "' '" + write(block, "java", text)
                                + "'\n");
            case "cedar" ->
                type(
                        block,
                        "errand policy save --draft --name page --reason page '" + write(block, "cedar", text) + "'\n");
            default ->
                throw new AssertionError(
                        where(block)
                                + " is not run: say in a comment above it what it is, or why not, <!-- block: not run, REASON -->.");
        }
    }

    private Path write(Block block, String kind, String text) throws IOException {
        return Files.writeString(folder.resolve("block" + block.line() + "." + kind), text);
    }

    private void type(Block block, String text) {
        script.add("line=" + block.line() + "; exec 1>out" + block.line() + " 2>err" + block.line() + "\n" + text
                + "exec 1>&3 2>&4");
    }

    private void answers() throws IOException {
        Block ran = null;
        for (Block block : page.blocks()) {
            if (block.isMarked("answer")) {
                assertThat(ran).as(where(block) + " answers something").isNotNull();
                answer(
                        block,
                        Files.readString(folder.resolve("out" + (ran == null ? 0 : ran.line())))
                                .strip());
            } else if (PRINTS.contains(block.language()) && block.mark().isEmpty()) {
                ran = block;
            }
        }
    }

    /** JSON is the last line that was printed; a text is part of all that was. */
    private void answer(Block block, String said) {
        if (block.language().equals("json")) {
            String last = said.lines().reduce((one, other) -> other).orElse("");
            Forms.shown(
                    where(block),
                    Json.mapper().readTree(block.text()),
                    Json.mapper().readTree(last));
        } else {
            String pattern = Arrays.stream(block.text().strip().split("…", -1))
                    .map(Pattern::quote)
                    .collect(Collectors.joining("(?s).*"));
            assertThat(said).as(where(block)).containsPattern(pattern);
        }
    }

    private String said() {
        try {
            return page.name() + "\n" + Files.readString(folder.resolve("said"));
        } catch (IOException e) {
            return e.toString();
        }
    }
}
