package io.errand.cli;

import io.errand.client.Lease;
import io.errand.client.Task;
import java.util.List;

/** How a command is connected to the world while its task runs. The methods are called in this order. */
interface Wiring {

    /** The command has this process's own input and output. */
    Wiring TERMINAL = new Wiring() {};

    default void prepare(ProcessBuilder command) {
        command.inheritIO();
    }

    /** The task has begun, its command has not. */
    default void begun(Task task, List<Lease> leases) {}

    default void started(Process process) {}

    /** The command has ended, or there was none and a signal came; the task is still active. */
    default void ended() throws InterruptedException {}

    /** Whether a command that ended so did its work. */
    default boolean isWell(int exit) {
        return exit == 0;
    }
}
