package io.errand.broker.observation;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

/** One on this host's file system, held open while it is read: it may be renamed meanwhile. */
final class FileTail implements Tail {

    private final Path path;
    private final String file;
    private final FileChannel channel;

    FileTail(Path path) throws IOException {
        this.path = path;
        Object key = Files.readAttributes(path, BasicFileAttributes.class).fileKey();
        this.file = String.valueOf(key == null ? path : key);
        this.channel = FileChannel.open(path, StandardOpenOption.READ);
    }

    /** The oldest first, since what began in one goes on in the next. */
    static List<Path> matching(Path pattern) throws IOException {
        record Aged(Path path, long millis) {}
        List<Aged> found = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(
                Objects.requireNonNull(pattern.getParent()), String.valueOf(pattern.getFileName()))) {
            for (Path file : files) {
                if (Files.isRegularFile(file)) {
                    found.add(new Aged(file, Files.getLastModifiedTime(file).toMillis()));
                }
            }
        }
        return found.stream()
                .sorted(Comparator.comparingLong(Aged::millis).thenComparing(Aged::path))
                .map(Aged::path)
                .toList();
    }

    @Override
    public String file() {
        return file;
    }

    @Override
    public String path() {
        return path.toString();
    }

    @Override
    public long size() throws IOException {
        return channel.size();
    }

    @Override
    public boolean has(long bytes) throws IOException {
        return channel.size() >= bytes;
    }

    @Override
    public byte[] read(long from, int most) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate((int) Math.max(0, Math.min(most, channel.size() - from)));
        while (buffer.hasRemaining() && channel.read(buffer, from + buffer.position()) >= 0) {
            // until there is as much as there was, or it was cut meanwhile
        }
        byte[] bytes = new byte[buffer.position()];
        buffer.flip().get(bytes);
        return bytes;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
