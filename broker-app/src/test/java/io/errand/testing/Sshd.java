package io.errand.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;

/** A real OpenSSH server on loopback, which whoever runs the tests may log in to, and its client. */
public final class Sshd implements AutoCloseable {

    private final int port = FreePorts.next();
    private final Path log;
    private final Path folder;
    private final Process process;

    /** @param configuration a folder with an {@code sshd_config}, to which the address is added */
    public Sshd(Path configuration) {
        Path server = Programs.find("sshd", "openssh-server");
        folder = Programs.folder("sshd");
        log = folder.resolve("log");
        try {
            if (Programs.isRoot()) {
                Files.createDirectories(Path.of("/run/sshd")); // the package makes it when its own server starts
            }
            Programs.run(
                    log, Map.of(), "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "" + folder.resolve("host"));
            Path config = folder.resolve("sshd_config");
            Files.copy(configuration.resolve("sshd_config"), config);
            Files.writeString(
                    config,
                    "HostKey " + folder.resolve("host") + "\nListenAddress 127.0.0.1:" + port
                            + "\nPidFile none\nStrictModes no\nAuthorizedKeysFile none\nPasswordAuthentication no\n",
                    StandardOpenOption.APPEND);
            process = Programs.start(log, Map.of(), server.toString(), "-D", "-e", "-f", config.toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Awaitility.await("OpenSSH on port " + port)
                .atMost(Duration.ofSeconds(20))
                .until(() -> log().contains("Server listening"));
    }

    /** What it has logged so far. */
    public String log() throws IOException {
        return Files.readString(log);
    }

    /** Runs a command there with a certificate and its private key; its output, and its errors, are in {@link #output}. */
    public Process login(String privateKey, String certificate, String command) throws IOException {
        Path session = Files.createTempDirectory(folder, "session");
        Path key = session.resolve("key");
        Files.createFile(key, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(key, privateKey);
        Files.writeString(session.resolve("key-cert.pub"), certificate);
        List<String> line = new ArrayList<>(List.of("ssh", "-i", key.toString(), "-p", "" + port));
        for (String option : List.of(
                "BatchMode=yes",
                "IdentitiesOnly=yes",
                "IdentityAgent=none",
                "StrictHostKeyChecking=no",
                "UserKnownHostsFile=/dev/null",
                "LogLevel=ERROR")) {
            line.addAll(List.of("-F", "/dev/null", "-o", option));
        }
        line.addAll(List.of(System.getProperty("user.name") + "@127.0.0.1", command));
        return new ProcessBuilder(line).redirectErrorStream(true).start();
    }

    /** All that it says until it ends. */
    public static String output(Process process) throws IOException {
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        Programs.end(process);
    }
}
