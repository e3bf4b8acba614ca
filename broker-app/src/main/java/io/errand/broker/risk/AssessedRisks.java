package io.errand.broker.risk;

import io.errand.api.ToolResource;
import io.errand.broker.database.CurrentTransaction;
import io.errand.broker.database.RegistryVersion;
import io.errand.broker.tasktype.TaskType;
import io.errand.broker.tasktype.TaskTypes;
import io.errand.broker.tool.Tool;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Signals that stand are in memory, as what is registered is; the request's epoch says whether they are still the ones. */
@Component
class AssessedRisks implements Risks {

    private static final int MOST = 100;
    private static final String ALL = "all";

    /** Of what is known by a word that is none of these, the most is supposed (P5). */
    private static final Map<String, Integer> OF_SENSITIVITY =
            Map.of("public", 0, "internal", 10, "confidential", 30, "restricted", 60);

    private final TaskTypes taskTypes;
    private final RiskSignals signals;
    private final CurrentTransaction transaction;
    private final RegistryVersion.Kept<String, List<RiskSignals.Standing>> current;

    AssessedRisks(
            TaskTypes taskTypes, RiskSignals signals, CurrentTransaction transaction, RegistryVersion registryVersion) {
        this.taskTypes = taskTypes;
        this.signals = signals;
        this.transaction = transaction;
        this.current = registryVersion.kept();
    }

    @Override
    public int of(Access access) {
        return with(
                access, current.get(ALL, () -> Optional.of(signals.standing())).orElseThrow());
    }

    @Override
    public boolean isStill(Access access, int risk) {
        return transaction.isUnchanged() || with(access, signals.standing()) == risk;
    }

    private int with(Access access, List<RiskSignals.Standing> standing) {
        int ofType = taskTypes.named(access.type()).map(TaskType::risk).orElse(0);
        long raised = standing.stream()
                .filter(signal -> signal.isAbout(access))
                .mapToLong(RiskSignals.Standing::points)
                .sum();
        return (int) Math.min(MOST, Math.max(ofType, ofData(access.tool(), access.datatypes())) + raised);
    }

    private static int ofData(Tool tool, @Nullable List<String> named) {
        Stream<String> sensitivities = named == null
                ? Stream.concat(
                        Stream.of(tool.sensitivity()), tool.datatypes().stream().map(type -> sensitivity(type, tool)))
                : tool.datatypes().stream()
                        .filter(type -> named.contains(type.name()))
                        .map(type -> sensitivity(type, tool));
        return sensitivities
                .mapToInt(word -> OF_SENSITIVITY.getOrDefault(word, MOST))
                .max()
                .orElse(OF_SENSITIVITY.getOrDefault(tool.sensitivity(), MOST));
    }

    private static String sensitivity(ToolResource.Datatype type, Tool tool) {
        return type.sensitivity() == null ? tool.sensitivity() : type.sensitivity();
    }
}
