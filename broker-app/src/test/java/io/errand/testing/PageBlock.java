package io.errand.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.boot.env.PropertiesPropertySourceLoader;
import org.springframework.boot.env.PropertySourceLoader;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.io.ByteArrayResource;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * A block of a page of the documentation that a test does as it stands there. The mark on the line above it, which readers do not
 * see, names it: {@code <!-- block: run by TEST as NAME -->}.
 */
public record PageBlock(String text) {

    /** @param page for example {@code docs/targets.md} */
    public static PageBlock of(String page, String name) {
        Matcher block = Pattern.compile(
                        "(?ms)^ *<!-- block: run by \\S+ as " + Pattern.quote(name) + " -->\\R *```\\w*\\R(.*?)^ *```$")
                .matcher(read(page));
        if (!block.find()) {
            throw new IllegalStateException(page + " has no block " + name);
        }
        return new PageBlock(block.group(1).stripIndent());
    }

    /** With what is here in place of what only readers have, such as an address. */
    public PageBlock with(String shown, String here) {
        if (!text.contains(shown)) {
            throw new IllegalStateException(shown + " is not in " + text);
        }
        return new PageBlock(text.replace(shown, here));
    }

    /** As the service reads it from a configuration file. */
    public Map<String, String> settings() {
        PropertySourceLoader loader =
                text.contains(": ") ? new YamlPropertySourceLoader() : new PropertiesPropertySourceLoader();
        Map<String, String> settings = new LinkedHashMap<>();
        try {
            for (var source : loader.load("page", new ByteArrayResource(text.getBytes(StandardCharsets.UTF_8)))) {
                for (String key : ((EnumerablePropertySource<?>) source).getPropertyNames()) {
                    settings.put(key, String.valueOf(source.getProperty(key)));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return settings;
    }

    /** As YAML: a resource, or a part of one. */
    public Map<String, Object> resource() {
        return new LinkedHashMap<>(new Yaml(new SafeConstructor(new LoaderOptions())).<Map<String, Object>>load(text));
    }

    private static String read(String page) {
        try {
            return Files.readString(Path.of("..", page));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
