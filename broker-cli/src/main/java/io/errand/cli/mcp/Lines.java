package io.errand.cli.mcp;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** Lines of bytes, each up to {@link Message#MAX_BYTES}. */
final class Lines {

    private final InputStream in;

    Lines(InputStream in) {
        this.in = new BufferedInputStream(in, 64 * 1024);
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
        int c = in.read();
        if (c < 0) {
            return null;
        }
        for (; c >= 0 && c != '\n'; c = in.read()) {
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
}
