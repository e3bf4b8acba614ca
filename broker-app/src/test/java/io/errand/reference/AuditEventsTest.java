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
            "(?:admin|agent|approval|audit|breakglass|console|delegation|deployment|evaluation|exchange|issuer|key|lease|lock"
                    + "|open_policy|policy|reconcile|revocation|task|tool)\\.[a-z_]+";

    @Test
    void kindsAreThoseOfTheCode() throws IOException {
        assertThat(found("`(" + KIND + ")`", Files.readString(Path.of("../docs/audit-events.md"))))
                .isEqualTo(inCode());
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
