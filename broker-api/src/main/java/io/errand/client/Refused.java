package io.errand.client;

import java.util.Optional;

/** The broker said no; nothing was changed by what was asked. */
public final class Refused extends ErrandException {

    private static final long serialVersionUID = 1L;

    private final transient Refusal refusal;
    private final transient Optional<String> decision;

    Refused(Refusal refusal, Optional<String> decision) {
        super(refusal.detail(), null);
        this.refusal = refusal;
        this.decision = decision;
    }

    public Refusal refusal() {
        return refusal;
    }

    /** The id of the decision, whatever was refused: what to look for in the audit log. Empty where nothing was decided. */
    public Optional<String> decision() {
        return decision;
    }

    /** The broker's own sentence, with the decision's id. */
    public String sentence() {
        return refusal.detail() + decision.map(id -> " (decision " + id + ")").orElse("");
    }
}
