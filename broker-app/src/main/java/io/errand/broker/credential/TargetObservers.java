package io.errand.broker.credential;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.springframework.stereotype.Component;

/** The observers by target. */
@Component
public class TargetObservers {

    private final List<TargetObserver> all;

    public TargetObservers(List<TargetObserver> all) {
        this.all = List.copyOf(all);
    }

    public Optional<TargetObserver> of(String target) {
        return all.stream()
                .filter(observer -> observer.targets().contains(target))
                .findFirst();
    }

    public Set<String> targets() {
        Set<String> targets = new TreeSet<>();
        all.forEach(observer -> targets.addAll(observer.targets()));
        return targets;
    }
}
