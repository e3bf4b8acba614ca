package io.errand.quickstart;

import io.errand.cli.CommandFailed;
import io.errand.cli.PrivateFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** The one place where a local broker keeps everything. At most one process has it at a time; the lock dies with it. */
public final class DataDirectory implements AutoCloseable {

    private static final int SECRET_BYTES = 32;

    private final Path path;
    private final FileChannel lock;

    private DataDirectory(Path path, FileChannel lock) {
        this.path = path;
        this.lock = lock;
    }

    /** Makes the directory if it is not there, and takes it. */
    public static DataDirectory take(Path directory) {
        if (directory.toString().isBlank()) {
            throw CommandFailed.usage("--data is a directory, and not empty; without it, .errand is used.");
        }
        Path path = directory.toAbsolutePath().normalize();
        if (Files.exists(path) && !(Files.isDirectory(path) && Files.isWritable(path) && Files.isExecutable(path))) {
            throw new CommandFailed(
                    "Cannot use " + directory + " as data directory: it must be a directory in which you"
                            + " may write; choose another with --data.");
        }
        try {
            PrivateFile.createDirectories(path);
            FileChannel channel =
                    FileChannel.open(path.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (tryLock(channel) == null) {
                channel.close();
                throw new CommandFailed("Another `errand serve` uses " + directory
                        + "; stop it, or choose another directory with --data.");
            }
            return new DataDirectory(path, channel);
        } catch (IOException e) {
            throw new CommandFailed("Cannot use " + directory + " as data directory: " + e, e);
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null; // this very JVM has it
        }
    }

    public Path path() {
        return path;
    }

    public Path file(String name) {
        return path.resolve(name);
    }

    /** Random bytes in base64, made once and kept in a file that only the owner reads. */
    public Path secretFile(String name) throws IOException {
        Path file = file(name);
        if (!Files.exists(file)) {
            byte[] bytes = new byte[SECRET_BYTES];
            new SecureRandom().nextBytes(bytes);
            PrivateFile.write(file, Base64.getEncoder().encodeToString(bytes));
        }
        return file;
    }

    @Override
    public void close() throws IOException {
        lock.close();
    }
}
