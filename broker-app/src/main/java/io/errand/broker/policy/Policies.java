package io.errand.broker.policy;

/** The public face of this room: may it? */
public interface Policies {

    /** Evaluates the active policies; anything that goes wrong is a denial (P5). It never throws. */
    Ruling decide(Question question);
}
