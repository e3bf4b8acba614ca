package io.errand.quickstart;

import io.errand.cli.ServeFile;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code errand serve}. */
@Command(
        name = "serve",
        mixinStandardHelpOptions = true,
        description =
                "Run a broker on loopback, with PostgreSQL and the development issuers. Everything is kept in one directory.")
final class ServeCommand implements Callable<Integer> {

    private static final Duration LOOK = Duration.ofSeconds(1);

    @Option(
            names = "--port",
            paramLabel = "PORT",
            defaultValue = "9000",
            description =
                    "Port of the broker (default: ${DEFAULT-VALUE}); the next two are for the development issuers and"
                            + " for health and metrics, where they are free.")
    private int port;

    @Option(names = "--data", paramLabel = "DIR", description = "Where everything is kept (default: .errand).")
    private Path data = ServeFile.DEFAULT_DIRECTORY;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        LocalBroker broker = new LocalBroker(DataDirectory.take(data), Ports.from(port));
        AtomicBoolean ready = new AtomicBoolean();
        AtomicBoolean stopping = new AtomicBoolean();
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            stopping.set(true);
                            broker.close();
                            if (ready.get()) {
                                // Being told to stop is how this command ends well.
                                Runtime.getRuntime().halt(0);
                            }
                        },
                        "stop"));
        broker.start(System.getenv());
        awaitReady(broker, stopping);
        PrintWriter out = spec.commandLine().getOut();
        out.println("Errand is ready at " + broker.url());
        out.println("The console is at " + broker.url() + "/console; its sign-in page asks for what is in "
                + broker.passwordFile());
        out.flush();
        ready.set(true);
        new CountDownLatch(1).await(); // until a signal
        return 0;
    }

    /** What is missing is said once; it may come yet, and then this is ready. */
    private void awaitReady(LocalBroker broker, AtomicBoolean stopping) throws InterruptedException {
        try (Readiness readiness = new Readiness(broker.managementUrl())) {
            List<String> said = List.of();
            for (List<String> missing = readiness.missing(); !missing.isEmpty(); missing = readiness.missing()) {
                if (!missing.equals(said) && !stopping.get()) {
                    PrintWriter err = spec.commandLine().getErr();
                    err.println("errand: Errand runs at " + broker.url() + " and is not ready, for want of "
                            + String.join(", ", missing) + " (more in " + data.resolve("errand.log")
                            + "); it will be as soon as that is there.");
                    err.flush();
                    said = missing;
                }
                Thread.sleep(LOOK);
            }
        }
    }
}
