package io.errand.broker.credential.postgres;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.stereotype.Component;

/** The targets by name. */
@Component
class Targets implements DisposableBean {

    private final Map<String, Target> byName = new TreeMap<>();

    Targets(TargetProperties properties) {
        properties.targets().forEach((name, settings) -> byName.put(name, new Target(name, settings)));
    }

    Optional<Target> byName(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    Collection<Target> all() {
        return byName.values();
    }

    @Override
    public void destroy() {
        byName.values().forEach(Target::close);
    }
}
