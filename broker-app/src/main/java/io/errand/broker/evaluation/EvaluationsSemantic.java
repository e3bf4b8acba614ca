package io.errand.broker.evaluation;

import java.util.Locale;
import java.util.Optional;

/** When a batch is over (AuthZEN Authorization API 1.0 §7.1.2). */
enum EvaluationsSemantic {
    EXECUTE_ALL,
    DENY_ON_FIRST_DENY,
    PERMIT_ON_FIRST_PERMIT;

    static Optional<EvaluationsSemantic> of(String word) {
        for (EvaluationsSemantic one : values()) {
            if (one.name().toLowerCase(Locale.ROOT).equals(word)) {
                return Optional.of(one);
            }
        }
        return Optional.empty();
    }

    boolean isOverAfter(boolean permitted) {
        return switch (this) {
            case EXECUTE_ALL -> false;
            case DENY_ON_FIRST_DENY -> !permitted;
            case PERMIT_ON_FIRST_PERMIT -> permitted;
        };
    }
}
