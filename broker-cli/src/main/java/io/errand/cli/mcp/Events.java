package io.errand.cli.mcp;

import io.errand.cli.mcp.Message.Unreadable;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** A stream of server-sent events whose data are messages; whatever else is in it goes by as it is. */
final class Events {

    private static final byte[] DATA = "data:".getBytes(StandardCharsets.US_ASCII);

    private final Guard guard;
    private final String session;
    private final Consumer<String> note;
    private final ByteArrayOutputStream data = new ByteArrayOutputStream();

    Events(Guard guard, String session, Consumer<String> note) {
        this.guard = guard;
        this.session = session;
        this.note = note;
    }

    void relay(InputStream in, OutputStream out) throws IOException {
        Lines lines = new Lines(in);
        out.flush();
        for (byte[] line = lines.next(); line != null; line = lines.next()) {
            int length = line.length > 0 && line[line.length - 1] == '\r' ? line.length - 1 : line.length;
            if (isData(line, length)) {
                add(line, length);
                continue;
            }
            if (length == 0) {
                dispatch(out);
            }
            out.write(line, 0, length);
            out.write('\n');
            out.flush();
        }
    }

    private static boolean isData(byte[] line, int length) {
        for (int i = 0; i < DATA.length; i++) {
            if (i >= length || line[i] != DATA[i]) {
                return false;
            }
        }
        return true;
    }

    /** Several lines of data are one text with line breaks (HTML, Server-sent events, Interpreting an event stream). */
    private void add(byte[] line, int length) throws IOException {
        if (data.size() + length > Message.MAX_BYTES) {
            throw new Lines.TooLong();
        }
        data.write(line, DATA.length, length - DATA.length);
        data.write('\n');
    }

    private void dispatch(OutputStream out) throws IOException {
        byte[] text = data.toByteArray();
        data.reset();
        if (text.length == 0) {
            return;
        }
        out.write(DATA);
        out.write(' ');
        if (!new String(text, StandardCharsets.UTF_8).isBlank()) { // an empty one is there for its id alone
            try {
                out.write(guard.fromServer(session, Message.read(text)).bytes());
            } catch (Unreadable e) {
                note.accept("the server said something that is no message, which was dropped: " + e.getMessage());
            }
        }
        out.write('\n');
    }
}
