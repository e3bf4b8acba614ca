package io.errand.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** The resources that a page of the documentation shows, as whoever copies them would apply them. */
public record Page(String text, List<Map<String, Object>> resources) {

    private static final Path DIRECTORY = Path.of("..", "docs", "identities");

    private static final Pattern SHELL = Pattern.compile("```sh\n(.*?)```", Pattern.DOTALL);

    private static final Pattern YAML = Pattern.compile("```yaml\n(kind: .*?)```", Pattern.DOTALL);

    /** @param name of a page of {@code docs/identities} */
    public static Page of(String name) {
        List<Map<String, Object>> resources = new ArrayList<>();
        String text = text(name);
        var blocks = YAML.matcher(text);
        while (blocks.find()) {
            Map<String, Object> resource = new Yaml(new SafeConstructor(new LoaderOptions())).load(blocks.group(1));
            resources.add(resource);
        }
        return new Page(text, resources);
    }

    /** The names of all pages of {@code docs/identities}. */
    public static List<String> names() {
        try (Stream<Path> files = Files.list(DIRECTORY)) {
            return files.map(file -> file.getFileName().toString().replaceFirst("\\.md$", ""))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The commands of its exchange; empty: it shows none. */
    public Optional<String> exchange() {
        return SHELL.matcher(text)
                .results()
                .map(block -> block.group(1))
                .filter(commands -> commands.contains("/oauth2/token"))
                .findFirst();
    }

    private static String text(String name) {
        try {
            return Files.readString(DIRECTORY.resolve(name + ".md"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A copy, to be changed. */
    public Map<String, Object> issuer(String name) {
        return new HashMap<>(resources.stream()
                .filter(resource -> "Issuer".equals(resource.get("kind")) && name.equals(resource.get("name")))
                .findFirst()
                .orElseThrow());
    }

    /** A copy, to be changed. */
    public Map<String, Object> agent() {
        return new HashMap<>(resources.stream()
                .filter(resource -> "Agent".equals(resource.get("kind")))
                .findFirst()
                .orElseThrow());
    }
}
