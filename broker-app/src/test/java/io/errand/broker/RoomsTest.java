package io.errand.broker;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import io.errand.testing.PageBlock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.modulith.core.ApplicationModule;
import org.springframework.modulith.core.ApplicationModules;

/** The rooms and arrows of the design, held against the code. */
class RoomsTest {

    private static final Path SOURCES = Path.of("src/main/java/io/errand/broker");

    private static final int MOST_FILES = 40;
    private static final int MOST_LINES = 3_500;

    /** What all may use. */
    private static final Set<String> EVERYBODYS = Set.of("shared", "database", "crypto");

    /** What each room may use beside {@link #EVERYBODYS}. A room that is not listed must not exist. */
    private static final Map<String, Set<String>> MAY_USE = Map.ofEntries(
            Map.entry("shared", Set.of()),
            Map.entry("database", Set.of()),
            Map.entry("crypto", Set.of()),
            Map.entry("key", Set.of()),
            Map.entry("audit", Set.of("key")),
            Map.entry("stream", Set.of("audit")),
            Map.entry("observation", Set.of("credential", "lease", "task", "audit")),
            Map.entry("discovery", Set.of("agent", "audit", "credential")),
            Map.entry("directory", Set.of("agent", "audit", "identity")),
            Map.entry("usage", Set.of("agent", "audit", "policy")),
            Map.entry("identity", Set.of("audit")),
            Map.entry("agent", Set.of("identity", "audit")),
            Map.entry("credential", Set.of("key")),
            Map.entry("tool", Set.of("credential", "audit")),
            Map.entry("tasktype", Set.of("tool", "audit")),
            Map.entry("task", Set.of("agent", "tool", "audit")),
            Map.entry("exception", Set.of("agent", "tool", "audit")),
            Map.entry("risk", Set.of("agent", "tool", "tasktype", "task", "audit")),
            Map.entry("lock", Set.of("task", "audit")),
            Map.entry("policy", Set.of("agent", "tool", "task", "audit")),
            Map.entry("approval", Set.of("policy", "agent", "tool", "task", "audit")),
            Map.entry("lease", Set.of("credential", "tool", "task", "lock", "key", "audit")),
            Map.entry(
                    "caller",
                    Set.of(
                            "key",
                            "audit",
                            "identity",
                            "agent",
                            "tool",
                            "tasktype",
                            "task",
                            "lock",
                            "policy",
                            "approval",
                            "lease")),
            Map.entry(
                    "grant",
                    Set.of(
                            "audit",
                            "identity",
                            "agent",
                            "credential",
                            "tool",
                            "exception",
                            "risk",
                            "tasktype",
                            "task",
                            "lock",
                            "policy",
                            "approval",
                            "lease",
                            "caller")),
            Map.entry(
                    "delegation",
                    Set.of(
                            "audit",
                            "identity",
                            "agent",
                            "tool",
                            "exception",
                            "task",
                            "risk",
                            "lock",
                            "policy",
                            "caller",
                            "grant")),
            Map.entry(
                    "reassessment",
                    Set.of(
                            "audit",
                            "identity",
                            "agent",
                            "tool",
                            "exception",
                            "risk",
                            "tasktype",
                            "task",
                            "lock",
                            "policy",
                            "approval",
                            "lease",
                            "caller",
                            "grant")),
            Map.entry(
                    "introspection",
                    Set.of("key", "identity", "agent", "credential", "tool", "task", "lease", "caller")),
            Map.entry(
                    "oauth",
                    Set.of(
                            "key",
                            "audit",
                            "identity",
                            "task",
                            "lease",
                            "caller",
                            "grant",
                            "delegation",
                            "reassessment",
                            "introspection")),
            Map.entry(
                    "evaluation",
                    Set.of(
                            "task",
                            "tasktype",
                            "risk",
                            "exception",
                            "agent",
                            "tool",
                            "policy",
                            "lock",
                            "approval",
                            "lease",
                            "audit")),
            Map.entry("probe", Set.of("audit", "agent", "credential", "tool", "task", "lock", "lease")),
            Map.entry("offboarding", Set.of("key", "audit", "agent", "task", "policy", "approval", "lease")),
            Map.entry(
                    "signal", Set.of("key", "identity", "agent", "task", "lock", "risk", "approval", "lease", "audit")),
            Map.entry(
                    "console",
                    Set.of(
                            "key",
                            "audit",
                            "identity",
                            "agent",
                            "credential",
                            "tool",
                            "task",
                            "lock",
                            "policy",
                            "approval",
                            "lease",
                            "evaluation",
                            "signal")));

    private final ApplicationModules modules = ApplicationModules.of(Errand.class);

    @Test
    void roomsUseOnlyEachOthersFaces() {
        modules.verify();
    }

    @Test
    void noArrowOutsideTheDesign() {
        Map<String, Set<String>> undrawn = new TreeMap<>();
        for (ApplicationModule room : modules) {
            String name = room.getIdentifier().toString();
            Set<String> used = room.getDirectDependencies(modules)
                    .uniqueModules()
                    .map(other -> other.getIdentifier().toString())
                    .collect(Collectors.toCollection(TreeSet::new));
            used.removeAll(MAY_USE.getOrDefault(name, Set.of()));
            if (!EVERYBODYS.contains(name)) {
                used.removeAll(EVERYBODYS);
            }
            used.remove("shared");
            if (!used.isEmpty() || !MAY_USE.containsKey(name)) {
                undrawn.put(name, used);
            }
        }

        assertThat(undrawn).isEmpty();
    }

    @Test
    void noPackageIsPartOfACircle() {
        SlicesRuleDefinition.slices()
                .assignedFrom(new SliceAssignment() {
                    @Override
                    public SliceIdentifier getIdentifierOf(JavaClass type) {
                        return SliceIdentifier.of(type.getPackageName());
                    }

                    @Override
                    public String getDescription() {
                        return "packages";
                    }
                })
                .should()
                .beFreeOfCycles()
                .check(new ClassFileImporter()
                        .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                        .importPackages("io.errand.broker"));
    }

    @Test
    void noPackageIsTooBigToBeRead() throws IOException {
        Map<String, List<Path>> packages;
        try (Stream<Path> files = Files.walk(SOURCES)) {
            packages = files.filter(file -> file.toString().endsWith(".java"))
                    .collect(Collectors.groupingBy(
                            file -> SOURCES.relativize(file.getParent()).toString()));
        }

        assertThat(packages).hasSizeGreaterThan(30).allSatisfy((room, files) -> {
            assertThat(files).as(room).hasSizeLessThanOrEqualTo(MOST_FILES);
            assertThat(files.stream().mapToLong(RoomsTest::lines).sum())
                    .as(room)
                    .isLessThanOrEqualTo(MOST_LINES);
        });
    }

    /** {@code room/Class} and {@code room.Class} of the page for readers. */
    @Test
    void thePageForReadersNamesWhatIsThere() throws IOException {
        Matcher named = Pattern.compile("`([a-z]+(?:[./][a-z]+)*)[./]([A-Z]\\w+)")
                .matcher(Files.readString(SOURCES.resolve("../../../../../../../docs/architecture.md")));
        List<String> gone = new ArrayList<>();
        int seen = 0;
        while (named.find()) {
            seen++;
            String file = named.group(1).replace('.', '/') + "/" + named.group(2) + ".java";
            if (!Files.exists(SOURCES.resolve(file))) {
                gone.add(file);
            }
        }

        assertThat(seen).isGreaterThan(25);
        assertThat(gone).isEmpty();
    }

    private static long lines(Path file) {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The picture leaves out what follows from its other arrows. */
    @Test
    void thePictureForReadersHasTheseArrows() {
        Map<String, Set<String>> drawn = new TreeMap<>();
        PageBlock.of("docs/architecture.md", "arrows")
                .text()
                .lines()
                .filter(line -> line.contains("-->"))
                .map(line -> line.strip().split(" --> "))
                .forEach(arrow -> drawn.put(arrow[0], Set.of(arrow[1].split(" & "))));

        Map<String, Set<String>> mayUse = new TreeMap<>(MAY_USE);
        EVERYBODYS.forEach(mayUse::remove);
        for (Map.Entry<String, Set<String>> room : mayUse.entrySet()) {
            assertThat(reachable(drawn, room.getKey())).as(room.getKey()).containsAll(room.getValue());
            assertThat(room.getValue()).as(room.getKey()).containsAll(drawn.getOrDefault(room.getKey(), Set.of()));
        }
    }

    private static Set<String> reachable(Map<String, Set<String>> arrows, String from) {
        Set<String> reached = new TreeSet<>();
        Deque<String> next = new ArrayDeque<>(arrows.getOrDefault(from, Set.of()));
        while (!next.isEmpty()) {
            String room = next.pop();
            if (reached.add(room)) {
                next.addAll(arrows.getOrDefault(room, Set.of()));
            }
        }
        return reached;
    }
}
