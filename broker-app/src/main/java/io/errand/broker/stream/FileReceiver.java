package io.errand.broker.stream;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;

/**
 * A file with a line for each entry, readable to its owner alone. It is opened for each batch, so whoever rotates it just moves it away, and
 * a line is on disk before the stream goes on. What a crash has cut is ended by a line feed: it follows again, whole.
 */
record FileReceiver(Path file) implements StreamReceiver {

    @Override
    public void take(List<Entry> entries) throws NotTaken {
        int bytes = entries.stream().mapToInt(entry -> entry.sent().length + 1).sum();
        ByteBuffer lines = ByteBuffer.allocate(bytes);
        entries.forEach(entry -> lines.put(entry.sent()).put((byte) '\n'));
        try (FileChannel channel = FileChannel.open(
                file,
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            channel.position(channel.size());
            if (isCut(channel)) {
                channel.write(ByteBuffer.wrap(new byte[] {'\n'}));
            }
            lines.flip();
            while (lines.hasRemaining()) {
                channel.write(lines);
            }
            channel.force(true);
        } catch (IOException e) {
            throw new NotTaken("the file cannot be written: " + e);
        }
    }

    private static boolean isCut(FileChannel channel) throws IOException {
        ByteBuffer last = ByteBuffer.allocate(1);
        return channel.size() > 0 && channel.read(last, channel.size() - 1) == 1 && last.get(0) != '\n';
    }
}
