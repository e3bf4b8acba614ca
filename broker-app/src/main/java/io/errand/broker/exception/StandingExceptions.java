package io.errand.broker.exception;

import io.errand.broker.database.CurrentTransaction;
import io.errand.broker.database.RegistryVersion;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/** Those that are approved and have not ended are in memory, as what is registered is; none counts after its end. */
@Component
class StandingExceptions implements Exceptions {

    private static final String ALL = "all";

    private final ExceptionTable table;
    private final CurrentTransaction transaction;
    private final Clock clock;
    private final RegistryVersion.Kept<String, List<ExceptionTable.Standing>> current;

    StandingExceptions(
            ExceptionTable table, CurrentTransaction transaction, RegistryVersion registryVersion, Clock clock) {
        this.table = table;
        this.transaction = transaction;
        this.clock = clock;
        this.current = registryVersion.kept();
    }

    @Override
    public Set<String> of(String agent, String tool) {
        return names(kept(), agent, tool, clock.instant());
    }

    @Override
    public boolean isStill(String agent, String tool, Set<String> names) {
        List<ExceptionTable.Standing> now = transaction.isUnchanged() ? kept() : table.standing();
        return now.isEmpty()
                ? names.isEmpty()
                : names(now, agent, tool, transaction.now()).equals(names);
    }

    private List<ExceptionTable.Standing> kept() {
        return current.get(ALL, () -> Optional.of(table.standing())).orElseThrow();
    }

    private static Set<String> names(List<ExceptionTable.Standing> all, String agent, String tool, Instant now) {
        return all.stream()
                .filter(one -> one.agent().equals(agent)
                        && (one.tools().isEmpty() || one.tools().contains(tool))
                        && now.isBefore(one.until()))
                .map(ExceptionTable.Standing::name)
                .collect(Collectors.toUnmodifiableSet());
    }
}
