package io.errand.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A directory that nobody else may look into, made when the first file is asked for. If the process is killed it stays;
 * {@code XDG_RUNTIME_DIR}, where there is one, is memory and empty after the next start.
 */
final class PrivateDirectory implements AutoCloseable {

    private final List<Path> files = new ArrayList<>();
    private @Nullable Path directory;

    /** A file of this name; it is not made yet. */
    Path file(String name) throws IOException {
        Path file = directory().resolve(name);
        files.add(file);
        return file;
    }

    /** Where it is, once it is. */
    Optional<Path> made() {
        return Optional.ofNullable(directory);
    }

    /** The directory itself. */
    Path directory() throws IOException {
        if (directory == null) {
            directory = PrivateFile.createTemporaryDirectory(parent(), "errand-task");
        }
        return directory;
    }

    private static Path parent() {
        String runtime = System.getenv("XDG_RUNTIME_DIR");
        return runtime != null && Files.isDirectory(Path.of(runtime))
                ? Path.of(runtime)
                : Path.of(System.getProperty("java.io.tmpdir"));
    }

    @Override
    public void close() throws IOException {
        for (Path file : files) {
            Files.deleteIfExists(file);
        }
        if (directory != null) {
            Files.deleteIfExists(directory);
        }
    }
}
