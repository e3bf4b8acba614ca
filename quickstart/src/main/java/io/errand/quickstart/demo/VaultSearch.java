package io.errand.quickstart.demo;

import io.errand.quickstart.Passwords;
import io.errand.quickstart.Ports;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Where the demo's Vault comes from: the one at {@code VAULT_ADDR} if the demo may use it, else a {@code vault} binary
 * ({@code ERRAND_VAULT_BIN}, or on the PATH) in dev mode, else there is none and the story goes on without.
 *
 * @param directory of the demo, for the server's log
 */
record VaultSearch(Map<String, String> environment, Path directory, Narrator narrator) {

    private static final int LOOKS = 100;
    private static final int LOOK_MILLIS = 100;
    private static final List<String> LOOPBACK = List.of("127.0.0.1", "localhost", "[::1]");

    Optional<DemoVault> find() throws IOException {
        String address = value("VAULT_ADDR");
        String reason = "VAULT_ADDR is not set";
        if (!address.isEmpty()) {
            DemoVault theirs = new DemoVault(address.replaceFirst("/+$", ""), value("VAULT_TOKEN"), null);
            reason = objection(theirs);
            if (reason.isEmpty()) {
                narrator.say("There is a Vault too, at " + address + "; what the demo makes there it takes away.");
                return Optional.of(theirs);
            }
        }
        Optional<Path> binary = binary();
        if (binary.isPresent()) {
            Optional<DemoVault> started = start(binary.get());
            narrator.say(
                    started.isPresent()
                            ? "There is a Vault too, started for the demo in dev mode (" + binary.get() + ")."
                            : binary.get() + " did not start (see vault.log); the story goes on without Vault.");
            return started;
        }
        narrator.say("There is no Vault (no `vault` on the PATH, and " + reason + "): the story goes on without one.");
        return Optional.empty();
    }

    /** Why the Vault at {@code VAULT_ADDR} is not used; empty if it is. */
    private String objection(DemoVault vault) {
        try {
            if (!LOOPBACK.contains(String.valueOf(URI.create(vault.address()).getHost()))) {
                return "the one at VAULT_ADDR is on another machine and would not reach the demo's database";
            }
            if (value("VAULT_TOKEN").isEmpty()) {
                return "VAULT_TOKEN is not set";
            }
            if (vault.call("GET", "sys/health", null).status() != 200) {
                return "the one at VAULT_ADDR is sealed or standing by";
            }
            DemoVault.Answer mounts = vault.call("GET", "sys/mounts", null);
            if (!mounts.done()) {
                return "VAULT_TOKEN is no administrator's";
            }
            boolean used = mounts.body().path("data").has("database/");
            for (String path : VaultSetup.NAMES) {
                used |= vault.call("GET", path, null).status() != 404;
            }
            return used ? "the one at VAULT_ADDR is set up already, which the demo leaves alone" : "";
        } catch (IOException | IllegalArgumentException e) {
            return "nothing answers at VAULT_ADDR";
        }
    }

    private Optional<Path> binary() {
        String named = value("ERRAND_VAULT_BIN");
        Stream<Path> onPath = Arrays.stream(value("PATH").split(File.pathSeparator))
                .filter(folder -> !folder.isEmpty())
                .map(folder -> Path.of(folder, "vault"));
        return Stream.concat(named.isEmpty() ? Stream.empty() : Stream.of(Path.of(named)), onPath)
                .filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
                .findFirst();
    }

    /** The token and the address go by the environment: arguments are for everybody to see. */
    private Optional<DemoVault> start(Path binary) throws IOException {
        String token = Passwords.next();
        String address = "127.0.0.1:" + Ports.free().broker();
        ProcessBuilder command = new ProcessBuilder(binary.toString(), "server", "-dev", "-dev-no-store-token")
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("vault.log").toFile());
        command.environment().keySet().removeIf(name -> name.startsWith("VAULT_"));
        command.environment().put("VAULT_DEV_ROOT_TOKEN_ID", token);
        command.environment().put("VAULT_DEV_LISTEN_ADDRESS", address);
        Process server = command.start();
        Runtime.getRuntime().addShutdownHook(new Thread(server::destroy, "stop vault"));
        DemoVault vault = new DemoVault("http://" + address, token, server);
        for (int i = 0; i < LOOKS && !ended(server); i++) {
            if (answers(vault)) {
                return Optional.of(vault);
            }
        }
        vault.close();
        return Optional.empty();
    }

    /** Looks for a moment. */
    private static boolean ended(Process server) throws IOException {
        try {
            return server.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private static boolean answers(DemoVault vault) {
        try {
            return vault.call("GET", "sys/health", null).status() == 200;
        } catch (IOException e) {
            return false; // not yet
        }
    }

    private String value(String variable) {
        return environment.getOrDefault(variable, "").strip();
    }
}
