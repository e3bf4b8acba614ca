package io.errand.broker.credential.postgres.settings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.core.env.PropertySource;
import org.springframework.core.io.FileSystemResource;

/**
 * {@code errand.targets-file}: targets as the service's configuration has them, in YAML, in a file that is read again when it
 * changes. A change that is wrong is logged and changes nothing; at the service's start it is refused.
 */
public final class TargetsFile {

    private static final Logger LOG = LoggerFactory.getLogger(TargetsFile.class);

    private static final String KEY = "errand.targets-file";
    private static final long LARGEST = 1024 * 1024L;

    private final Path path;
    private @Nullable Object version;

    public TargetsFile(Path path) {
        this.path = path;
    }

    /** @throws IllegalArgumentException with a sentence that names the key */
    public Map<String, TargetProperties.Target> first() {
        version = version();
        return load();
    }

    /** Asks the file system alone. */
    public synchronized boolean hasChanged() {
        return !Objects.equals(version, version());
    }

    /** Empty: what it says now cannot be used, or was read already. */
    public synchronized Optional<Map<String, TargetProperties.Target>> read() {
        Object now = version();
        if (Objects.equals(version, now)) {
            return Optional.empty();
        }
        version = now;
        try {
            Map<String, TargetProperties.Target> targets = load();
            LOG.info("Read {} again: targets {}", KEY, targets.keySet());
            return Optional.of(targets);
        } catch (IllegalArgumentException e) {
            LOG.error("The targets stay what they were: {}", e.getMessage());
            return Optional.empty();
        }
    }

    private @Nullable Object version() {
        try {
            // A mounted secret is replaced by moving a link: the real path changes even where the time does not.
            return List.of(path.toRealPath(), Files.getLastModifiedTime(path), Files.size(path));
        } catch (IOException e) {
            return null;
        }
    }

    private Map<String, TargetProperties.Target> load() {
        try {
            if (Files.size(path) > LARGEST) {
                throw new IllegalArgumentException(KEY + " is larger than 1 MiB");
            }
            List<PropertySource<?>> sources = new YamlPropertySourceLoader().load(KEY, new FileSystemResource(path));
            Map<String, TargetProperties.Target> targets = new Binder(ConfigurationPropertySources.from(sources))
                    .bind("errand.targets", Bindable.mapOf(String.class, TargetProperties.Target.class))
                    .orElse(Map.of());
            targets.forEach(TargetRules::check);
            return targets;
        } catch (IOException e) {
            throw new IllegalArgumentException(KEY + " cannot be read: " + path, e);
        } catch (IllegalArgumentException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new IllegalArgumentException(KEY + " is not valid: " + brief(e), e);
        }
    }

    private static String brief(Throwable fault) {
        return String.valueOf(NestedExceptionUtils.getMostSpecificCause(fault).getMessage())
                .lines()
                .findFirst()
                .orElse("");
    }
}
