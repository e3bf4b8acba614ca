package io.errand.reference;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.api.AgentResource;
import io.errand.api.IssuerResource;
import io.errand.api.PolicyResource;
import io.errand.api.TaskTypeResource;
import io.errand.api.ToolResource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.context.annotation.ClassPathScanningCandidateComponentProvider;
import org.springframework.core.type.filter.AnnotationTypeFilter;

/**
 * {@code docs/configuration.md} and {@code docs/resources.md} list what there is, and nothing else. They are written anew by
 * {@code -Derrand.reference=write}; what stands before their first table is anybody's to change.
 */
class ReferenceTest {

    private static final String MARK = "<!-- what follows is written by ReferenceTest -->\n";
    private static final Pattern JOB = Pattern.compile("\"\\$\\{(errand[\\w.-]+):(\\w[\\w.]*)}\"");
    private static final String HEAD = "|---|---|---|---|";

    @Test
    void everySettingIsDocumented() throws Exception {
        RecordRows rows = new RecordRows(".", name -> words(name, "-"));
        List<Class<?>> records = settings();
        StringBuilder page = new StringBuilder("| setting | type | default | |\n" + HEAD + "\n");
        List<String> all = new ArrayList<>();
        for (Class<?> record : records) {
            all.addAll(
                    rows.of(record.getAnnotation(ConfigurationProperties.class).value() + ".", record));
        }
        // Where two rooms read one setting, what the one says that says less is left out.
        Map<String, String> byKey = new TreeMap<>();
        all.forEach(row -> byKey.merge(key(row), row, (one, other) -> one.length() < other.length() ? other : one));
        byKey.values().forEach(row -> page.append(row).append('\n'));

        assertThat(all).as("the scan finds the settings").hasSizeGreaterThan(40);
        holds("configuration.md", page.toString());
    }

    /** A job's setting is in the annotation of the job and in no record. */
    @Test
    void everyJobsSettingIsDocumentedWithItsDefault() throws IOException {
        String page = Documented.read(Documented.root().resolve("docs/configuration.md"));
        Set<String> jobs = new TreeSet<>();
        try (Stream<Path> sources = Files.walk(Documented.root().resolve("broker-app/src/main/java"))) {
            for (Path source : sources.filter(Files::isRegularFile).toList()) {
                JOB.matcher(Documented.read(source))
                        .results()
                        .forEach(job -> jobs.add(job.group(1) + " " + job.group(2)));
            }
        }

        assertThat(jobs)
                .hasSizeGreaterThan(4)
                .allSatisfy(job -> assertThat(page)
                        .containsPattern("(?m)^\\| `" + Pattern.quote(job.split(" ")[0]) + "` \\|(?: duration \\|)? `"
                                + Pattern.quote(job.split(" ")[1]) + "` \\|"));
    }

    @Test
    void everyMemberOfAResourceIsDocumented() throws Exception {
        RecordRows rows = new RecordRows(".", name -> words(name, "_"));
        StringBuilder page = new StringBuilder();
        for (Class<?> resource : List.of(
                IssuerResource.class,
                AgentResource.class,
                ToolResource.class,
                TaskTypeResource.class,
                PolicyResource.class)) {
            page.append(page.isEmpty() ? "" : "\n")
                    .append("## ")
                    .append(resource.getSimpleName().replace("Resource", ""))
                    .append("\n\n| member | type | default | |\n" + HEAD + "\n");
            rows.of("", resource).forEach(row -> page.append(row).append('\n'));
        }

        holds("resources.md", page.toString());
    }

    private static void holds(String name, String expected) throws IOException {
        Path file = Documented.root().resolve("docs").resolve(name);
        String page = Documented.read(file);
        int end = page.indexOf(MARK);
        assertThat(end).as("the mark in " + name).isNotNegative();
        if ("write".equals(System.getProperty("errand.reference"))) {
            Files.writeString(file, page.substring(0, end) + MARK + "\n" + expected);
            return;
        }
        assertThat(page.substring(end + MARK.length() + 1))
                .as("docs/" + name + "; write it anew with -Derrand.reference=write")
                .isEqualTo(expected);
    }

    private static List<Class<?>> settings() throws ClassNotFoundException {
        ClassPathScanningCandidateComponentProvider scan = new ClassPathScanningCandidateComponentProvider(false);
        scan.addIncludeFilter(new AnnotationTypeFilter(ConfigurationProperties.class));
        List<Class<?>> found = new ArrayList<>();
        for (var candidate : scan.findCandidateComponents("io.errand.broker")) {
            Class<?> record = Class.forName(candidate.getBeanClassName());
            assertThat(record.isRecord()).as(record + " is a record").isTrue();
            found.add(record);
        }
        return found;
    }

    private static String key(String row) {
        return row.split("`", 3)[1];
    }

    private static String words(String name, String between) {
        return name.replaceAll("([A-Z])", between + "$1").toLowerCase(Locale.ROOT);
    }
}
