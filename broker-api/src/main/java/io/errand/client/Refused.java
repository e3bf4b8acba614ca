package io.errand.client;

/** The broker said no; nothing was changed by what was asked. */
public final class Refused extends ErrandException {

    private static final long serialVersionUID = 1L;

    private final transient Refusal refusal;

    Refused(Refusal refusal) {
        super(refusal.detail(), null);
        this.refusal = refusal;
    }

    public Refusal refusal() {
        return refusal;
    }
}
