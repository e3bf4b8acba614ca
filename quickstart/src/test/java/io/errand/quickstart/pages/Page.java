package io.errand.quickstart.pages;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A page's fenced blocks in their order. What is done with one may be said by a comment on the line above it, which readers do not
 * see: {@code <!-- block: run by TEST as NAME -->}, {@code <!-- block: file NAME -->}, {@code <!-- block: answer -->} (what the block
 * before it prints; … is any text) or {@code <!-- block: not run, REASON -->}.
 */
public record Page(String name, List<Block> blocks) {

    private static final Pattern FENCE = Pattern.compile("^( *)```(\\S*).*$");
    private static final Pattern MARK = Pattern.compile("^ *<!-- block: (.+) -->$");

    /** @param line of the page, where it begins, from 1 */
    public record Block(int line, String language, String text, Optional<String> mark) {

        boolean isMarked(String word) {
            return mark.filter(said -> said.equals(word) || said.startsWith(word + " ") || said.startsWith(word + ","))
                    .isPresent();
        }

        /** What follows the word. */
        String marked(String word) {
            return mark.orElseThrow().substring(word.length()).replaceFirst("^[, ]+", "");
        }

        private boolean isNamed(String name) {
            return isMarked("run by") && mark.orElseThrow().endsWith(" as " + name);
        }
    }

    /**
     * The text of a block that a test runs.
     *
     * @param file of this repository
     * @param name what its mark calls it
     */
    public static String block(String file, String name) throws IOException {
        Path root = Path.of("..");
        return read(root, root.resolve(file)).blocks().stream()
                .filter(block -> block.isNamed(name))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(file + " has no block " + name))
                .text();
    }

    static Page read(Path root, Path file) throws IOException {
        List<String> lines = Files.readAllLines(file);
        List<Block> blocks = new ArrayList<>();
        for (int at = 0; at < lines.size(); at++) {
            Matcher fence = FENCE.matcher(lines.get(at));
            if (!fence.matches()) {
                continue;
            }
            String indent = fence.group(1);
            int start = at++;
            StringBuilder text = new StringBuilder();
            while (!lines.get(at).equals(indent + "```")) {
                String line = lines.get(at++);
                text.append(line.startsWith(indent) ? line.substring(indent.length()) : line)
                        .append('\n');
            }
            Matcher mark = MARK.matcher(start == 0 ? "" : lines.get(start - 1));
            blocks.add(new Block(
                    start + 1,
                    fence.group(2),
                    text.toString(),
                    mark.matches() ? Optional.of(mark.group(1)) : Optional.empty()));
        }
        return new Page(root.relativize(file).toString(), List.copyOf(blocks));
    }
}
