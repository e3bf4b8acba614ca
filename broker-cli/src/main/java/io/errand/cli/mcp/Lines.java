package io.errand.cli.mcp;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** Lines of bytes, each up to {@link Message#MAX_BYTES}. */
final class Lines {

    private final InputStream in;
    private final boolean endAtReturn;
    private boolean wasReturn;

    /** Each ends with a line feed. */
    static Lines of(InputStream in) {
        return new Lines(in, false);
    }

    /** Each ends with a line feed, a carriage return or both (HTML, Server-sent events, Parsing an event stream). */
    static Lines ofEvents(InputStream in) {
        return new Lines(in, true);
    }

    private Lines(InputStream in, boolean endAtReturn) {
        this.in = new BufferedInputStream(in, 64 * 1024);
        this.endAtReturn = endAtReturn;
    }

    /** A longer one was read over. */
    static final class TooLong extends IOException {

        private static final long serialVersionUID = 1;

        TooLong() {
            super("a line of more than " + Message.MAX_BYTES + " bytes");
        }
    }

    /** Without its end; null: there are no more. */
    byte @Nullable [] next() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        boolean isTooLong = false;
        int c = read();
        if (c < 0) {
            return null;
        }
        for (; c >= 0 && !isEnd(c); c = in.read()) {
            if (line.size() < Message.MAX_BYTES) {
                line.write(c);
            } else {
                isTooLong = true;
            }
        }
        if (isTooLong) {
            throw new TooLong();
        }
        return line.toByteArray();
    }

    private int read() throws IOException {
        int c = in.read();
        boolean isSecondOfTwo = wasReturn && c == '\n';
        wasReturn = false;
        return isSecondOfTwo ? in.read() : c;
    }

    private boolean isEnd(int c) {
        wasReturn = endAtReturn && c == '\r';
        return wasReturn || c == '\n';
    }
}
