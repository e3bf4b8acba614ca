package io.errand.cli;

import io.errand.api.Json;
import io.errand.api.TokenResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A private directory with a file for each credential, gone when the task is. If the process is killed it stays, with credentials
 * that end at their time; {@code XDG_RUNTIME_DIR}, where there is one, is memory and empty after the next start.
 */
final class CredentialFiles implements AutoCloseable {

    private final List<Path> written = new ArrayList<>();
    private @Nullable Path directory;

    Path write(TokenResponse.Credential credential) throws IOException {
        if (directory == null) {
            directory = PrivateFile.createTemporaryDirectory(parent(), "errand-task");
        }
        // A tool's name has letters, digits, dots and hyphens.
        Path file = directory.resolve(credential.tool() + ".json");
        PrivateFile.write(file, Json.mapper().writeValueAsString(credential.data()));
        written.add(file);
        return file;
    }

    private static Path parent() {
        String runtime = System.getenv("XDG_RUNTIME_DIR");
        return runtime != null && Files.isDirectory(Path.of(runtime))
                ? Path.of(runtime)
                : Path.of(System.getProperty("java.io.tmpdir"));
    }

    @Override
    public void close() throws IOException {
        for (Path file : written) {
            Files.deleteIfExists(file);
        }
        if (directory != null) {
            Files.deleteIfExists(directory);
        }
    }
}
