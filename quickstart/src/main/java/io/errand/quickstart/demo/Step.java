package io.errand.quickstart.demo;

/** One step of the story. */
interface Step {

    String title();

    /** Shows what happens, and throws {@link ProofFailed} where it is not what was promised. */
    void play(Stage stage) throws Exception;
}
