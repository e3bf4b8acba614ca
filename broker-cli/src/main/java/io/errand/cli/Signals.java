package io.errand.cli;

import java.io.Console;
import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * Signals that are meant for a command that this process runs. The JDK's only interface to them is {@code sun.misc.Signal} of the
 * module {@code jdk.unsupported}; it is reached by reflection, because naming it is a warning that cannot be switched off.
 */
final class Signals {

    private final CountDownLatch came = new CountDownLatch(1);
    private @Nullable Process process;
    private @Nullable String early;

    /** From now on these no longer end this process: the command decides. */
    static Signals taken() {
        Signals signals = new Signals();
        for (String name : List.of("TERM", "INT", "HUP")) {
            handle(name, (proxy, method, arguments) -> {
                if (method.getName().equals("handle")) {
                    signals.came(name);
                }
                return null;
            });
        }
        return signals;
    }

    /** Whether one came before there was anybody to have it. */
    synchronized boolean cameEarly() {
        return early != null;
    }

    /** Waits for the first one, where there is no command to have it. */
    void awaitOne() throws InterruptedException {
        came.await();
    }

    synchronized void passOnTo(Process command) {
        process = command;
        if (early != null) {
            send(early, command);
        }
    }

    private synchronized void came(String name) {
        if (process == null) {
            early = name;
            came.countDown();
        } else if (!name.equals("INT") || !isAtTerminal()) {
            send(name, process); // a terminal sends INT to both
        }
    }

    @SuppressWarnings(
            "SystemConsoleNull") // JDK 25 has the old console again by default, which is null where there is none
    private static boolean isAtTerminal() {
        Console console = System.console();
        return console != null && console.isTerminal();
    }

    private static void send(String name, Process process) {
        if (name.equals("TERM")) {
            process.destroy();
            return;
        }
        try {
            new ProcessBuilder("kill", "-s", name, Long.toString(process.pid()))
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException e) {
            process.destroy();
        }
    }

    private static void handle(String name, InvocationHandler handler) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handlers = Class.forName("sun.misc.SignalHandler");
            Object proxy = Proxy.newProxyInstance(Signals.class.getClassLoader(), new Class<?>[] {handlers}, handler);
            signal.getMethod("handle", signal, handlers)
                    .invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
        } catch (ReflectiveOperationException | IllegalArgumentException e) {
            // This JVM or system has no such signal to give; what ends the process then ends the task by its shutdown
            // hook.
            return;
        }
    }
}
