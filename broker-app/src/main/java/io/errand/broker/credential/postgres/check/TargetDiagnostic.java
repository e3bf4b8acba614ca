package io.errand.broker.credential.postgres.check;

import io.errand.broker.credential.postgres.Target;
import io.errand.broker.credential.postgres.Targets;
import io.errand.broker.shared.doctor.Diagnostic;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.springframework.stereotype.Component;

/** What {@code errand targets check} says of each target, in brief. */
@Component
class TargetDiagnostic implements Diagnostic {

    private static final int MOST = 5;

    private final Targets targets;

    TargetDiagnostic(Targets targets) {
        this.targets = targets;
    }

    @Override
    public String area() {
        return "targets";
    }

    @Override
    public List<Part> parts() {
        return targets.all().stream()
                .map(target -> new Part(target.name(), () -> look(target)))
                .toList();
    }

    private static List<Result> look(Target target) {
        String all = "`errand targets check " + target.name() + "` says all of it (docs/targets.md).";
        List<TargetFinding> found = TargetCheck.report(target, Set.of());
        List<Result> results = new ArrayList<>();
        List<TargetFinding> errors =
                found.stream().filter(one -> one.severity().equals("error")).toList();
        errors.stream().limit(MOST).forEach(one -> results.add(Result.error(one.subject() + " " + one.detail(), all)));
        int warnings = found.size() - errors.size();
        if (warnings > 0) {
            TargetFinding first = found.get(errors.size());
            results.add(Result.warning(
                    warnings + (warnings == 1 ? " warning: " : " warnings, the first: ") + first.subject() + " "
                            + first.detail(),
                    all));
        }
        if (found.isEmpty()) {
            results.add(Result.ok("answers, and is set up as it should be"));
        }
        return results;
    }
}
