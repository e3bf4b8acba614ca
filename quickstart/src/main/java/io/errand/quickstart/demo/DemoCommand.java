package io.errand.quickstart.demo;

import io.errand.cli.CommandFailed;
import io.errand.quickstart.DataDirectory;
import io.errand.quickstart.LocalBroker;
import io.errand.quickstart.Ports;
import io.errand.quickstart.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code errand demo}. */
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        description =
                "The whole way in a minute: from a workload token to a dead credential. Exits 0 only if every proof held.")
public final class DemoCommand implements Callable<Integer> {

    private static final List<Step> STORY = List.of(
            new Introduction(),
            new FirstCredential(),
            new LeastPrivilege(),
            new Refusals(),
            new APersonDecides(),
            new TheTaskEnds(),
            new LeftToExpire(),
            new HandedOn(),
            new WhatItHasSeen(),
            new RightSized());

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        Path examples = root().resolve("examples").resolve("quickstart");
        if (!Files.isDirectory(examples)) {
            throw new CommandFailed("There is no " + examples + ": run the demo by the launcher of the repository.");
        }
        Narrator narrator = new Narrator(spec.commandLine().getOut(), colours(System.getenv()));
        Path directory = Files.createTempDirectory("errand-demo");
        LocalBroker broker = new LocalBroker(DataDirectory.take(directory), Ports.free());
        AtomicReference<@Nullable DemoVault> vault = new AtomicReference<>();
        AtomicBoolean held = new AtomicBoolean();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> end(vault.get(), broker, directory, held.get()), "stop"));

        Instant start = Instant.now();
        narrator.heading("Errand: credentials that live exactly as long as the task");
        narrator.say("Starting PostgreSQL 18, a development issuer and the broker …");
        Optional<VaultSetup> setup = setup(new VaultSearch(System.getenv(), directory, narrator), vault);
        broker.start(
                setup.isEmpty()
                        ? Map.of()
                        : Map.of(
                                "VAULT_ADDR", setup.get().vault().address(),
                                "VAULT_TOKEN", setup.get().brokerToken()));
        narrator.say("… all on this machine, nothing mocked: the broker is at " + broker.url() + ".");
        held.set(tell(story(setup), new Stage(broker, examples, narrator)));

        narrator.line("");
        String seconds = Duration.between(start, Instant.now()).toSeconds() + " s";
        narrator.heading(
                held.get()
                        ? "Every proof held, in " + seconds + "."
                        : "A proof failed. Everything is kept in " + directory + ", the broker's errand.log too.");
        return held.get() ? 0 : 1;
    }

    private static Optional<VaultSetup> setup(VaultSearch search, AtomicReference<@Nullable DemoVault> toStop)
            throws IOException {
        Optional<DemoVault> found = search.find();
        found.ifPresent(toStop::set);
        return found.isEmpty() ? Optional.empty() : Optional.of(new VaultSetup(found.get(), VaultPage.read(root())));
    }

    private static List<Step> story(Optional<VaultSetup> vault) {
        return Stream.of(STORY.stream(), vault.map(ByWayOfVault::new).stream(), Stream.of(new Timeline()))
                .<Step>flatMap(steps -> steps)
                .toList();
    }

    private static boolean tell(List<Step> story, Stage stage) {
        Narrator narrator = stage.narrator();
        int number = 0;
        for (Step step : story) {
            number++;
            narrator.step(number, step.title());
            try {
                step.play(stage);
            } catch (ProofFailed e) {
                narrator.failed(e);
                return false;
            } catch (Exception e) {
                narrator.failed(new ProofFailed("this step can be taken", e.toString()));
                return false;
            }
        }
        return true;
    }

    /** Where something went wrong, what is left is needed to see what. */
    private static void end(@Nullable DemoVault vault, LocalBroker broker, Path directory, boolean delete) {
        try (broker) {
            if (vault != null) {
                vault.close(); // while its database is there, so that it can take back what it made
            }
        } catch (IOException e) {
            System.err.println("errand: the demo could not tidy up: " + e.getMessage());
        }
        try {
            if (delete) {
                Trees.delete(directory);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path root() {
        return Path.of(System.getProperty("errand.root", "."));
    }

    /** The launcher says whether it writes to a terminal. */
    static boolean colours(Map<String, String> environment) {
        return Boolean.getBoolean("errand.terminal")
                && environment.getOrDefault("NO_COLOR", "").isEmpty()
                && !environment.getOrDefault("TERM", "dumb").equals("dumb");
    }
}
