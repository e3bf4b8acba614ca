package io.errand.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** The resources that a page of the documentation shows, as whoever copies them would apply them. */
public record Page(String name, String text, List<Map<String, Object>> resources) {

    private static final Path DIRECTORY = Path.of("..", "docs", "identities");

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
        return new Page(name, text, resources);
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

    /**
     * The commands of its exchange; empty: none.
     *
     * @param token what the platform gives to a job of its own
     */
    public Optional<String> exchange(String token) {
        return has("exchange")
                ? Optional.of(block("exchange").text())
                : Optional.of("job").filter(this::has).map(job -> script(block(job), token));
    }

    /** The commands that ask the platform for a token and print it; empty: none. */
    public Optional<String> asksForToken() {
        return Optional.of("token").filter(this::has).map(token -> block(token).text());
    }

    private boolean has(String block) {
        return text.contains(" as " + block + " -->");
    }

    private PageBlock block(String block) {
        return PageBlock.of("docs/identities/" + name + ".md", block);
    }

    /** What GitLab's runner does with a job: its ID token is in the variable that the job names. */
    private static String script(PageBlock jobs, String token) {
        Map<?, ?> job = (Map<?, ?>) jobs.resource().values().iterator().next();
        Map<?, ?> tokens = (Map<?, ?>) Objects.requireNonNull(job.get("id_tokens"));
        StringBuilder script = new StringBuilder();
        tokens.forEach((variable, wanted) -> {
            if (!Map.of("aud", "errand").equals(wanted)) {
                throw new IllegalStateException(variable + " is for somebody else: " + wanted);
            }
            script.append(variable).append('=').append(token).append('\n');
        });
        ((Map<?, ?>) Objects.requireNonNull(job.get("variables")))
                .forEach((variable, value) ->
                        script.append(variable).append('=').append(value).append('\n'));
        ((List<?>) Objects.requireNonNull(job.get("script")))
                .forEach(line -> script.append(line).append('\n'));
        return script.toString();
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
