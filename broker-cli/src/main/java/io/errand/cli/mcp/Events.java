package io.errand.cli.mcp;

import io.errand.cli.mcp.Message.Unreadable;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;

/** A stream of server-sent events whose data are messages; ids, names and comments go by as they are. */
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

    void relay(InputStream in, OutputStream to) throws IOException {
        to.flush();
        try (ClientStream out = new ClientStream(to, in)) {
            relay(Lines.ofEvents(in), out);
        }
    }

    private void relay(Lines lines, ClientStream out) throws IOException {
        for (byte[] line = lines.next(); line != null; line = lines.next()) {
            switch (field(line)) {
                case "data" -> add(line);
                case "event", "id", "retry" -> out.line(ended(line));
                default -> {
                    if (line.length == 0) {
                        dispatch(out);
                        out.line(ended(line));
                    } else if (line[0] == ':') { // a comment, to keep the connection
                        out.line(ended(line));
                    }
                }
            }
        }
    }

    /** A name that is too long for any of them need not be read to its end. */
    private static String field(byte[] line) {
        int end = 0;
        while (end < line.length && end < DATA.length + 1 && line[end] != ':') {
            end++;
        }
        return new String(line, 0, end, StandardCharsets.UTF_8);
    }

    private static byte[] ended(byte[] line) {
        byte[] ended = Arrays.copyOf(line, line.length + 1);
        ended[line.length] = '\n';
        return ended;
    }

    /** Several lines of data are one text with line breaks (HTML, Server-sent events, Interpreting an event stream). */
    private void add(byte[] line) throws IOException {
        if (data.size() + line.length > Message.MAX_BYTES) {
            throw new Lines.TooLong();
        }
        int colon = DATA.length - 1;
        data.write(line, Math.min(line.length, colon + 1), Math.max(0, line.length - colon - 1));
        data.write('\n');
    }

    private void dispatch(ClientStream out) throws IOException {
        byte[] text = data.toByteArray();
        data.reset();
        if (text.length == 0) {
            return;
        }
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        line.writeBytes(DATA);
        line.write(' ');
        if (!new String(text, StandardCharsets.UTF_8).isBlank()) { // an empty one is there for its id alone
            try {
                line.writeBytes(guard.fromServer(session, Message.read(text)).bytes());
            } catch (Unreadable e) {
                note.accept("the server said something that is no message, which was dropped: " + e.getMessage());
            }
        }
        out.line(ended(line.toByteArray()));
    }
}
