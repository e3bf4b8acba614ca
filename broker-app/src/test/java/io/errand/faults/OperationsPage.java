package io.errand.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What {@code docs/operations.md} has an operator type, so that tests type the same. */
final class OperationsPage {

    private OperationsPage() {}

    /** The block after the comment that begins with this name. */
    static String block(String name) {
        try {
            Matcher found = Pattern.compile("<!-- " + name + ":[^\\n]*-->\\n```(?:sh|sql)\\n(.*?)```", Pattern.DOTALL)
                    .matcher(Files.readString(Path.of("../docs/operations.md")));
            if (found.find()) {
                return found.group(1);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        throw new IllegalStateException("docs/operations.md has no block " + name);
    }
}
