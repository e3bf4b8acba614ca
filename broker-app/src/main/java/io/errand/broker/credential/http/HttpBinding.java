package io.errand.broker.credential.http;

import io.errand.broker.credential.Backend.BindingProblem;
import io.errand.broker.credential.ToolBinding;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A tool's {@code config}: {@code target}, and {@code parameters} that the service alone understands. */
record HttpBinding(String target, Map<?, ?> parameters) {

    static final String PARAMETERS = "parameters";

    private static final Set<String> MEMBERS = Set.of(ToolBinding.TARGET, PARAMETERS);

    static HttpBinding of(ToolBinding toolBinding) {
        return new HttpBinding(
                toolBinding.target(),
                toolBinding.config().get(PARAMETERS) instanceof Map<?, ?> parameters ? parameters : Map.of());
    }

    /** What is wrong without asking anybody. */
    static List<BindingProblem> problems(ToolBinding toolBinding) {
        List<BindingProblem> problems = new ArrayList<>();
        toolBinding.config().keySet().stream()
                .filter(member -> !MEMBERS.contains(member))
                .forEach(member -> problems.add(new BindingProblem(
                        member, "There is no such member; what the service is to read stands in parameters.")));
        if (!(toolBinding.config().getOrDefault(PARAMETERS, Map.of()) instanceof Map<?, ?>)) {
            problems.add(new BindingProblem(PARAMETERS, "An object, which the service reads."));
        }
        if (!(toolBinding.config().get(ToolBinding.TARGET) instanceof String name) || name.isBlank()) {
            problems.add(new BindingProblem(ToolBinding.TARGET, "Name one of errand.http-targets."));
        }
        return problems;
    }
}
