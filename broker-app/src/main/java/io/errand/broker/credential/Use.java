package io.errand.broker.credential;

/** What came of using a credential as its holder would. */
public sealed interface Use {

    /** @param seen what was done with it and what was seen, in a sentence without secrets */
    record Worked(String seen) implements Use {}

    /** @param cause what is wrong, in a sentence without secrets */
    record Failed(String cause) implements Use {}

    /**
     * Only its holder could.
     *
     * @param why in a sentence
     */
    record NotTried(String why) implements Use {}
}
