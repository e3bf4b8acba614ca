package io.errand.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.palantir.javaformat.java.Formatter;
import com.palantir.javaformat.java.FormatterException;
import com.palantir.javaformat.java.ImportOrderer;
import com.palantir.javaformat.java.JavaFormatterOptions;
import com.palantir.javaformat.java.RemoveUnusedImports;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Every Java file of the repository has the formatter's layout. It is a test because the formatter parses with the compiler of
 * the JVM it runs in, and Maven's may be older than the sources. {@code mvn -pl broker-api test -Dtest=FormattingTest
 * -Derrand.format=apply} rewrites what differs.
 */
class FormattingTest {

    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    @Test
    void everyFileIsFormatted() throws Exception {
        boolean apply = "apply".equals(System.getProperty("errand.format"));
        Formatter formatter = Formatter.createFormatter(JavaFormatterOptions.builder()
                .style(JavaFormatterOptions.Style.PALANTIR)
                .formatJavadoc(false)
                .build());

        List<Path> differing = new ArrayList<>();
        for (Path file : javaFiles()) {
            String before = Files.readString(file);
            String after = format(formatter, file, before);
            if (!after.equals(before)) {
                differing.add(ROOT.relativize(file));
                if (apply) {
                    Files.writeString(file, after);
                }
            }
        }

        if (!apply) {
            assertThat(differing)
                    .as("files to format: mvn -pl broker-api test -Dtest=FormattingTest -Derrand.format=apply")
                    .isEmpty();
        }
    }

    private static String format(Formatter formatter, Path file, String source) {
        try {
            String ordered = ImportOrderer.reorderImports(
                    RemoveUnusedImports.removeUnusedImports(source), JavaFormatterOptions.Style.PALANTIR);
            return formatter.formatSource(ordered);
        } catch (FormatterException e) {
            throw new AssertionError(ROOT.relativize(file) + " does not parse: " + e.getMessage(), e);
        }
    }

    private static List<Path> javaFiles() throws IOException {
        List<Path> files = new ArrayList<>();
        try (Stream<Path> modules = Files.list(ROOT)) {
            for (Path module :
                    modules.filter(p -> Files.exists(p.resolve("pom.xml"))).toList()) {
                Path sources = module.resolve("src");
                if (Files.isDirectory(sources)) {
                    try (Stream<Path> walk = Files.walk(sources)) {
                        walk.filter(p -> p.toString().endsWith(".java")).forEach(files::add);
                    }
                }
            }
        }
        return files;
    }
}
