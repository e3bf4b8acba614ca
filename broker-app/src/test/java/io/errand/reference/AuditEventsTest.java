package io.errand.reference;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code docs/audit-events.md} lists the kinds of events that the service records, and no others. */
class AuditEventsTest {

    private static final Path SOURCES = Path.of("src/main/java/io/errand/broker");

    /** What webhooks call them is another list. */
    private static final Path WEBHOOKS = SOURCES.resolve("signal");

    private static final String KIND =
            "(?:admin|agent|approval|audit|breakglass|console|delegation|deployment|directory|discovery|evaluation|exception|exchange|issuer|key|lease|lock"
                    + "|observation|open_policy|policy|probe|reconcile|revocation|risk|task|task_type|tool)\\.[a-z_]+";

    @Test
    void kindsAreThoseOfTheCode() throws IOException {
        assertThat(found("`(" + KIND + ")`", Files.readString(Path.of("../docs/audit-events.md"))))
                .isEqualTo(inCode());
    }

    /** What is put into events and what into problems looks the same in the code; these are of problems alone. */
    private static final Set<String> OF_PROBLEMS = Set.of("column", "decision_id", "line", "member", "nearest");

    @Test
    void membersAreThoseOfTheCode() throws IOException {
        Set<String> members = new TreeSet<>();
        try (Stream<Path> files = Files.walk(SOURCES)) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".java")).toList()) {
                members.addAll(found("\\.with\\(\\s*\"([a-z_0-9]+)\"", Files.readString(file)));
            }
        }
        members.removeAll(OF_PROBLEMS);

        assertThat(found(
                        "(?m)^\\| `([a-z_0-9]+)` \\| (?:text|number|flag|time|id|list|object) \\|",
                        Files.readString(Path.of("../docs/audit-events.md"))))
                .isEqualTo(members);
    }

    private static Set<String> inCode() throws IOException {
        Set<String> kinds = new TreeSet<>();
        try (Stream<Path> files = Files.walk(SOURCES)) {
            for (Path file : files.filter(path -> path.toString().endsWith(".java") && !path.startsWith(WEBHOOKS))
                    .toList()) {
                kinds.addAll(found("\"(" + KIND + ")\"", Files.readString(file)));
            }
        }
        return kinds;
    }

    private static Set<String> found(String pattern, String text) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .map((MatchResult result) -> result.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
