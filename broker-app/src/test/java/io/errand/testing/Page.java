package io.errand.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** The resources that a page of the documentation shows, as whoever copies them would apply them. */
public record Page(List<Map<String, Object>> resources) {

    private static final Pattern YAML = Pattern.compile("```yaml\n(kind: .*?)```", Pattern.DOTALL);

    /** @param name of a page of {@code docs/identities} */
    public static Page of(String name) {
        List<Map<String, Object>> resources = new ArrayList<>();
        var blocks = YAML.matcher(text(name));
        while (blocks.find()) {
            Map<String, Object> resource = new Yaml(new SafeConstructor(new LoaderOptions())).load(blocks.group(1));
            resources.add(resource);
        }
        return new Page(resources);
    }

    private static String text(String name) {
        try {
            return Files.readString(Path.of("..", "docs", "identities", name + ".md"));
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
