package io.errand.broker.credential.postgres;

import io.errand.broker.credential.postgres.settings.TargetProperties;
import io.errand.broker.credential.postgres.settings.TargetsFile;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.stereotype.Component;

/**
 * The targets by name. Those of {@code errand.targets-file} are read again when the file changes; what is the same stays connected.
 */
@Component
public class Targets implements DisposableBean {

    private final TargetProperties properties;
    private final Optional<TargetsFile> file;
    private volatile Map<String, Target> byName = Map.of();

    Targets(TargetProperties properties) {
        this.properties = properties;
        this.file = Optional.ofNullable(properties.targetsFile()).map(TargetsFile::new);
        put(file.map(TargetsFile::first).orElse(Map.of()));
    }

    public Optional<Target> byName(String name) {
        refresh();
        return Optional.ofNullable(byName.get(name));
    }

    public Collection<Target> all() {
        refresh();
        return byName.values();
    }

    private void refresh() {
        if (file.isPresent() && file.get().hasChanged()) {
            synchronized (this) {
                file.get().read().ifPresent(this::put);
            }
        }
    }

    private synchronized void put(Map<String, TargetProperties.Target> fromFile) {
        Map<String, TargetProperties.Target> wanted = new HashMap<>(fromFile);
        wanted.putAll(properties.targets());
        Map<String, Target> next = new TreeMap<>();
        List<Target> gone = new ArrayList<>(byName.values());
        wanted.forEach((name, settings) -> {
            Target standing = byName.get(name);
            boolean same = standing != null && standing.settings().equals(settings);
            next.put(name, same ? standing : new Target(name, settings));
            if (same) {
                gone.remove(standing);
            }
        });
        byName = next;
        // What is under way on them is cut off, and is looked at again like any lost reply.
        gone.forEach(Target::close);
    }

    @Override
    public synchronized void destroy() {
        byName.values().forEach(Target::close);
    }
}
