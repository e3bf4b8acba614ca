package io.errand.cli;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * What of this process its user's other processes can read under {@code /proc}: its environment, in which the workload's token may
 * be, its memory, its open files.
 */
final class ProcessMemory {

    /** Linux's {@code prctl(2)}. */
    private static final int PR_SET_DUMPABLE = 4;

    private ProcessMemory() {}

    /**
     * From now on nothing, but for who may look into every process: root, and {@code CAP_SYS_PTRACE}. What this process starts is
     * as readable as ever. What was read before this was read.
     *
     * @return false: this system has no such thing
     */
    @SuppressWarnings("restricted") // the launcher enables native access
    static boolean hide() {
        if (!"Linux".equals(System.getProperty("os.name"))) {
            return false;
        }
        try {
            Linker linker = Linker.nativeLinker();
            MethodHandle prctl = linker.downcallHandle(
                    linker.defaultLookup().find("prctl").orElseThrow(),
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_INT,
                            ValueLayout.JAVA_INT,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG),
                    Linker.Option.firstVariadicArg(1));
            return (int) prctl.invokeExact(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L) == 0;
        } catch (Error fault) {
            throw fault;
        } catch (Throwable notHere) { // what a method handle may throw
            return false;
        }
    }
}
