package io.errand.api.log;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Lines of a file, in constant memory: what is longer than any line can be is cut, and so is none. */
final class ExportReader {

    private static final int BUFFER = 1 << 16;
    private static final int MAX_LINE = 1 << 18;

    private final InputStream in;
    private final byte[] buffer = new byte[BUFFER];
    private int from;
    private int to;
    private long number;
    private boolean isEnded = true;

    ExportReader(InputStream in) {
        this.in = in;
    }

    /** The next line without its line feed; null at the end. */
    byte @Nullable [] next() throws IOException {
        ByteArrayOutputStream parts = null;
        while (true) {
            if (from == to) {
                from = 0;
                to = Math.max(0, in.read(buffer));
                if (to == 0) {
                    isEnded = false;
                    number += parts == null ? 0 : 1;
                    return parts == null ? null : parts.toByteArray();
                }
            }
            int end = from;
            while (end < to && buffer[end] != '\n') {
                end++;
            }
            boolean isWhole = end < to;
            if (isWhole && parts == null) {
                byte[] line = Arrays.copyOfRange(buffer, from, end);
                from = end + 1;
                number++;
                return line;
            }
            parts = parts == null ? new ByteArrayOutputStream() : parts;
            if (parts.size() <= MAX_LINE) {
                parts.write(buffer, from, end - from);
            }
            from = isWhole ? end + 1 : end;
            if (isWhole) {
                number++;
                return parts.toByteArray();
            }
        }
    }

    /** Of the line that was read last, from 1. */
    long number() {
        return number;
    }

    /** Whether the line that was read last ended in a line feed. */
    boolean isEnded() {
        return isEnded;
    }
}
