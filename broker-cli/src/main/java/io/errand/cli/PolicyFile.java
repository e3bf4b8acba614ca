package io.errand.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Policies as the broker is given them: the text of one file, or of several in a row.
 *
 * @param files where each part of the text begins
 */
record PolicyFile(List<Part> files, String text) {

    private static final String SUFFIX = ".cedar";

    /** @param line of the whole text, counting from 1, at which the file begins */
    record Part(Path path, int line) {}

    static PolicyFile read(Path path) {
        return read(List.of(path));
    }

    static PolicyFile read(List<Path> paths) {
        List<Part> parts = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        int line = 1;
        for (Path path : paths) {
            parts.add(new Part(path, line));
            String content = PolicyTestFile.text(path);
            String whole = paths.size() == 1 ? content : content + "\n";
            text.append(whole);
            line += (int) whole.chars().filter(c -> c == '\n').count();
        }
        return new PolicyFile(List.copyOf(parts), text.toString());
    }

    /** The set that the first file is named after. */
    String set() {
        String name = String.valueOf(files.getFirst().path().getFileName());
        return name.endsWith(SUFFIX) ? name.substring(0, name.length() - SUFFIX.length()) : name;
    }

    /** The answer, if it is none that finds a mistake in the policies. */
    BrokerClient.Answer accepted(BrokerClient.Answer answer) {
        if (!answer.isSuccess()) {
            throw failed(answer);
        }
        return answer;
    }

    /** The broker's refusal, with the file, line and column of what is wrong, if it is in the policies. */
    private CommandFailed failed(BrokerClient.Answer refusal) {
        int line = refusal.body().path("line").asInt(0);
        if (line == 0) {
            return new CommandFailed(refusal.refusal());
        }
        Part part = files.stream().filter(one -> one.line() <= line).reduce(files.getFirst(), (before, after) -> after);
        int column = refusal.body().path("column").asInt(1);
        String message = refusal.refusal().replaceFirst("^Line \\d+, column \\d+: ", "");
        return new CommandFailed(
                new Mistake(part.path().toString(), line - part.line() + 1, column, "", message).toString());
    }
}
