package io.errand.broker.policy;

/** What was in force at one moment, for questions that are to be decided alike. */
public interface Rulebook {

    /** Anything that goes wrong is a denial (P5). It never throws. */
    Ruling decide(Question question);
}
