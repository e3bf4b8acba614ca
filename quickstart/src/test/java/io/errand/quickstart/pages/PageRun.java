package io.errand.quickstart.pages;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.api.Json;
import io.errand.quickstart.pages.Page.Block;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Runs a page as a reader would who types it line by line: in one shell, in one directory with the repository's examples and a
 * running broker's data, and with no variable that the page does not set.
 */
final class PageRun {

    private static final String DOCUMENTED = "http://127.0.0.1:9000";
    private static final int PATIENCE_MINUTES = 10;

    private final Page page;
    private final Path folder;
    private final String broker;
    private final List<String> script = new ArrayList<>();

    /**
     * @param folder empty
     * @param data of the broker that runs
     * @param broker its address, which stands where the page has the usual one
     */
    PageRun(Page page, Path folder, Path data, String broker) throws IOException {
        this.page = page;
        this.folder = folder;
        this.broker = broker;
        Path root = Path.of("..").toRealPath();
        for (String shared : List.of("examples", "docs")) {
            Files.createSymbolicLink(folder.resolve(shared), root.resolve(shared));
        }
        Files.createSymbolicLink(folder.resolve(".errand"), data.toRealPath());
        Path errand = Files.writeString(
                folder.resolve("errand"),
                "#!/bin/sh\nexec '" + Path.of(System.getProperty("java.home"), "bin", "java")
                        + "' -XX:TieredStopAtLevel=1 -Xshare:auto -cp '" + System.getProperty("java.class.path")
                        + "' io.errand.quickstart.Main \"$@\"\n");
        Files.setPosixFilePermissions(errand, PosixFilePermissions.fromString("rwxr-xr-x"));
        script.add("set -euo pipefail");
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
        builder.environment().put("PATH", folder + ":" + System.getenv("PATH"));
        builder.environment().put("HOME", folder.toString());
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
            assertThat(block.marked("not run"))
                    .as(where(block) + " says why it is not run")
                    .isNotEmpty();
            Forms.check(where(block), block, folder);
        } else if (block.isMarked("run by")) {
            Forms.check(where(block), block, folder);
            assertThat(Tests.named(block.marked("run by")))
                    .as(where(block) + " is run by a test that there is")
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
        String text = block.text().replace(DOCUMENTED, broker);
        switch (block.language()) {
            case "sh" ->
                script.add("echo '== line " + block.line() + "'\n{\n" + text + "} >out" + block.line() + " 2>err"
                        + block.line() + " || { cat out" + block.line() + " err" + block.line() + "; exit 1; }");
            case "yaml" -> {
                assertThat(text)
                        .as(where(block) + " is a resource, or says what it is")
                        .contains("kind: ");
                apply(block, Files.writeString(folder.resolve("block" + block.line() + ".yaml"), text));
            }
            case "cedar" ->
                script.add("errand policy save --draft --name page --reason page '"
                        + Files.writeString(folder.resolve("block" + block.line() + ".cedar"), text) + "'");
            default ->
                throw new AssertionError(
                        where(block)
                                + " is not run: say why in a comment above it, <!-- block: not run, REASON -->, or what it is.");
        }
    }

    private void apply(Block block, Path file) {
        script.add("echo '== line " + block.line() + "'; errand apply -f '" + file + "'");
    }

    /** The last JSON document that the block above an answer printed. */
    private void answers() throws IOException {
        Block ran = null;
        for (Block block : page.blocks()) {
            if (block.isMarked("answer")) {
                assertThat(ran).as(where(block) + " answers something").isNotNull();
                String said = Files.readString(folder.resolve("out" + (ran == null ? 0 : ran.line())))
                        .strip();
                String last = said.lines().reduce((one, other) -> other).orElse("");
                Forms.shown(
                        where(block),
                        Json.mapper().readTree(block.text()),
                        Json.mapper().readTree(last));
            } else if (block.language().equals("sh") && block.mark().isEmpty()) {
                ran = block;
            }
        }
    }

    private String said() {
        try {
            return page.name() + "\n" + Files.readString(folder.resolve("said")) + errors();
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** With `set -e` the shell ends inside a block, whose output is in its files. */
    private String errors() throws IOException {
        StringBuilder all = new StringBuilder();
        for (Block block : page.blocks()) {
            for (String name : List.of("out", "err")) {
                Path file = folder.resolve(name + block.line());
                if (Files.exists(file)) {
                    all.append("-- ")
                            .append(name)
                            .append(block.line())
                            .append('\n')
                            .append(Files.readString(file));
                }
            }
        }
        return all.toString();
    }
}
