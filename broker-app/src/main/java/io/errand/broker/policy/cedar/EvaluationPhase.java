package io.errand.broker.policy.cedar;

/** Which of the policies take part in one evaluation. */
enum EvaluationPhase {
    IN_EFFECT,
    NOT_LIFTED,
    LIFTED,
    OBSERVED_PERMITS,
    /** Apart from the permits, as a forbid hides which of them apply. */
    OBSERVED_FORBIDS;

    boolean has(Rule rule) {
        boolean liftableForbid = rule.forbids() && rule.liftable();
        return switch (this) {
            case IN_EFFECT -> !rule.observe();
            case NOT_LIFTED -> !rule.observe() && !liftableForbid;
            case LIFTED -> !rule.observe() && liftableForbid;
            case OBSERVED_PERMITS -> rule.observe() && !rule.forbids();
            case OBSERVED_FORBIDS -> rule.observe() && rule.forbids();
        };
    }
}
