package io.errand.broker.credential;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/** The backends by name. */
@Component
public class Backends {

    private final Map<String, Backend> byName;

    Backends(List<Backend> all) {
        byName = all.stream().collect(Collectors.toUnmodifiableMap(Backend::name, Function.identity()));
    }

    public Optional<Backend> byName(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    public List<Backend> all() {
        return List.copyOf(byName.values());
    }
}
