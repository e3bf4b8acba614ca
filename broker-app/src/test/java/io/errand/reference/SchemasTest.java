package io.errand.reference;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.errand.api.AgentResource;
import io.errand.api.Constraint;
import io.errand.api.IssuerResource;
import io.errand.api.Json;
import io.errand.api.PolicyResource;
import io.errand.api.TaskTypeResource;
import io.errand.api.ToolResource;
import io.errand.broker.shared.Names;
import io.errand.testing.PageBlock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.representer.Representer;
import org.yaml.snakeyaml.resolver.Resolver;

/**
 * {@code docs/schemas} is what the records say, and what the documentation shows is valid by it. {@code -Derrand.reference=write}
 * writes it anew.
 */
class SchemasTest {

    private static final Path FOLDER = Documented.root().resolve("docs/schemas");
    private static final Pattern BLOCK = Pattern.compile("```yaml\\n(.*?)```", Pattern.DOTALL);

    private static final Map<String, Class<?>> KINDS = Map.of(
            "issuer", IssuerResource.class,
            "agent", AgentResource.class,
            "tool", ToolResource.class,
            "tasktype", TaskTypeResource.class,
            "policy", PolicyResource.class);

    /** One file of several documents is validated by the kind of each. */
    private static String ofAnyKind() {
        var root = Json.mapper().createObjectNode();
        root.put("$schema", "https://json-schema.org/draft/2020-12/schema");
        root.put("title", "Errand Issuer, Agent, Tool, TaskType or Policy");
        root.put("type", "object");
        root.putObject("properties")
                .putObject("kind")
                .putArray("enum")
                .add("Issuer")
                .add("Agent")
                .add("Tool")
                .add("TaskType")
                .add("Policy");
        root.putArray("required").add("kind");
        var all = root.putArray("allOf");
        for (String kind : List.of("Issuer", "Agent", "Tool", "TaskType", "Policy")) {
            var one = all.addObject();
            var condition = one.putObject("if");
            condition.putObject("properties").putObject("kind").put("const", kind);
            condition.putArray("required").add("kind");
            one.putObject("then").put("$ref", kind.toLowerCase(Locale.ROOT) + ".json");
        }
        return pretty(root);
    }

    private static String pretty(Object node) {
        return Json.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(node) + "\n";
    }

    @Test
    void theFilesAreTheRecords() throws IOException {
        holds("resource.json", ofAnyKind());
        for (var kind : KINDS.entrySet()) {
            holds(kind.getKey() + ".json", pretty(RecordSchema.of(kind.getValue())));
        }
    }

    private static void holds(String name, String expected) throws IOException {
        Path file = FOLDER.resolve(name);
        if ("write".equals(System.getProperty("errand.reference"))) {
            Files.createDirectories(FOLDER);
            Files.writeString(file, expected);
        }
        assertThat(Documented.read(file))
                .as("docs/schemas/" + name + "; write it anew with -Derrand.reference=write")
                .isEqualTo(expected);
    }

    /** Read when the files are written. */
    private static final class Read {
        private static final String PLACE = "https://errand.example/schemas/";

        /** One refers to another by its name, as files in a folder do. */
        private static final Schema SCHEMA = SchemaRegistry.withDefaultDialect(
                        SpecificationVersion.DRAFT_2020_12,
                        registry -> registry.schemas(place -> place.startsWith(PLACE)
                                ? Documented.read(FOLDER.resolve(place.substring(PLACE.length())))
                                : null))
                .getSchema(SchemaLocation.of(PLACE + "resource.json"));
    }

    private static List<String> mistakes(Object document) {
        return Read.SCHEMA
                .validate(
                        Json.mapper().writeValueAsString(document),
                        InputFormat.JSON,
                        context -> context.executionConfig(config -> config.formatAssertionsEnabled(true)))
                .stream()
                .map(String::valueOf)
                .toList();
    }

    /** As YAML 1.2 has it, and as {@code errand apply} does: a day is text. */
    private static Iterable<Object> documents(String yaml) {
        LoaderOptions options = new LoaderOptions();
        DumperOptions unused = new DumperOptions();
        return new Yaml(new SafeConstructor(options), new Representer(unused), unused, options, new Resolver() {
                    @Override
                    protected void addImplicitResolvers() {
                        addImplicitResolver(Tag.BOOL, Pattern.compile("^(?:true|false)$"), "tf");
                        addImplicitResolver(Tag.INT, Pattern.compile("^[-+]?[0-9]+$"), "-+0123456789");
                        addImplicitResolver(Tag.NULL, Pattern.compile("^(?:~|null| )$"), "~n\0");
                    }
                })
                .loadAll(yaml);
    }

    /** Text of the file, by where it stands. */
    private static Map<String, String> shown() throws IOException {
        Map<String, String> found = new TreeMap<>();
        Path root = Documented.root();
        List<Path> files = new ArrayList<>(List.of(root.resolve("README.md")));
        files.addAll(under(root.resolve("examples")));
        files.addAll(under(root.resolve("docs")));
        for (Path file : files) {
            String name = root.relativize(file).toString();
            if (name.startsWith("examples") && name.matches(".*\\.ya?ml")) {
                found.put(name, Documented.read(file));
            } else if (name.endsWith(".md")) {
                Matcher block = BLOCK.matcher(Documented.read(file));
                while (block.find()) {
                    found.put(name + " at " + block.start(), block.group(1));
                }
            }
        }
        return found;
    }

    private static List<Path> under(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    @Test
    void whatIsShownIsValid() throws IOException {
        List<String> wrong = new ArrayList<>();
        List<Object> kinds = new ArrayList<>();
        shown().forEach((where, text) -> {
            if (text.contains("kind: ")) {
                for (Object document : documents(text)) {
                    if (document instanceof Map<?, ?> members && KINDS.containsKey(kind(members))) {
                        kinds.add(kind(members));
                        mistakes(document).forEach(mistake -> wrong.add(where + ": " + mistake));
                    }
                }
            }
        });

        assertThat(wrong).isEmpty();
        assertThat(kinds).contains("issuer", "agent", "tool").hasSizeGreaterThan(10);
    }

    /** It ends like a file of the folder, by which the document below it is valid. */
    @Test
    void theLineForEditorsNamesASchema() {
        String block = PageBlock.of("docs/resources.md", "modeline").text();
        Matcher line = Pattern.compile("^# yaml-language-server: \\$schema=https://…/docs/schemas/(\\S+)\n")
                .matcher(block);

        assertThat(line.find()).isTrue();
        assertThat(FOLDER.resolve(line.group(1))).exists();
        assertThat(line.group(1)).isEqualTo("resource.json");
        assertThat(mistakes(documents(block).iterator().next())).isEmpty();
    }

    private static String kind(Map<?, ?> members) {
        return String.valueOf(members.get("kind")).toLowerCase(Locale.ROOT);
    }

    @Test
    void whatIsWrongIsFound() {
        String agent = """
                kind: Agent
                name: a
                owner: o
                purpose: p
                identities: [{issuer: i, subject: s}]
                task_types: [triage]
                """;
        assertThat(mistakes(documents(agent).iterator().next())).isEmpty();
        for (String wrong : List.of(
                "max_tl: PT5M",
                "max_ttl: 5 minutes",
                "max_ttl: P",
                "max_live_leases: 0",
                "state: sleeping",
                "review_by: someday",
                "tools: [{tool: t}]",
                "tools: [{tool: T!, actions: [read]}]",
                "fingerprint: {prompt_sha256: abc}")) {
            assertThat(mistakes(documents(agent + wrong).iterator().next()))
                    .as(wrong)
                    .isNotEmpty();
        }
        assertThat(mistakes(
                        documents(agent.replace("owner: o\n", "")).iterator().next()))
                .isNotEmpty();
        assertThat(mistakes(documents("kind: Thing\nname: a").iterator().next()))
                .isNotEmpty();
    }

    @Test
    void aNameIsAName() {
        assertThat(Constraint.NAME).isEqualTo(Names.PATTERN);
    }
}
