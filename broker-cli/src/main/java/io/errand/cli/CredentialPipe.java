package io.errand.cli;

import io.errand.api.Json;
import io.errand.client.Lease;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * All credentials as one JSON object on the command's file descriptor 3, to be read once: they are in no argument, no environment
 * and on no disk.
 */
final class CredentialPipe implements Handover {

    private static final String VARIABLE = "ERRAND_CREDENTIALS_FD";

    /** The JDK hands over no descriptors: a shell opens the named pipe, takes its name away and becomes the command. */
    private static final String OPEN = "exec 3<\"$1\" && rm \"$1\" && shift && exec \"$@\"";

    private final PrivateDirectory directory = new PrivateDirectory();
    private String pipe = "";

    @Override
    public void give(List<Lease> leases, Map<String, String> environment) throws IOException {
        Path file = directory.file("credentials");
        pipe = file.toString();
        make(file);
        Map<String, Object> byTool = new TreeMap<>();
        leases.forEach(lease ->
                byTool.put(lease.credential().tool(), lease.credential().data()));
        byte[] text = Json.mapper().writeValueAsBytes(byTool);
        // Opening waits for a reader: forever, where the shell does not come to it.
        Thread.ofPlatform().daemon().name("errand-credentials").start(() -> write(file, text));
        environment.put(VARIABLE, "3");
    }

    private static void make(Path file) throws IOException {
        try {
            if (new ProcessBuilder("mkfifo", "-m", "600", file.toString())
                            .start()
                            .waitFor()
                    != 0) {
                throw new IOException("mkfifo cannot make " + file);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private static void write(Path file, byte[] text) {
        try (OutputStream out = Files.newOutputStream(file)) {
            out.write(text);
        } catch (IOException e) {
            return; // the command closed it, or ended, without having read it
        }
    }

    @Override
    public List<String> started(List<String> command) {
        return Stream.concat(Stream.of("sh", "-c", OPEN, "sh", pipe), command.stream())
                .toList();
    }

    @Override
    public void close() throws IOException {
        directory.close();
    }
}
