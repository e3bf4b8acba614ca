package io.errand.cli.mcp;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;

/**
 * A stream of events to the client, with a comment every other second. A client that closes it cancels its request (MCP 2026-07-28,
 * Cancellation), and that shows only when something is written; then the server's stream is closed, which tells the server.
 */
final class ClientStream implements AutoCloseable {

    private static final Duration BEAT = Duration.ofSeconds(2);
    private static final byte[] COMMENT = {':', '\n'};

    private final OutputStream out;
    private final InputStream server;
    private final Thread beats;

    /** @param server closed when the client is gone */
    ClientStream(OutputStream out, InputStream server) {
        this.out = out;
        this.server = server;
        this.beats = Thread.ofVirtual().name("errand-mcp-beats").start(this::beat);
    }

    private void beat() {
        try {
            while (true) {
                Thread.sleep(BEAT);
                line(COMMENT);
            }
        } catch (InterruptedException e) {
            return; // the stream is over
        } catch (IOException e) {
            hangUp();
        }
    }

    private void hangUp() {
        try {
            server.close();
        } catch (IOException e) {
            return; // it is gone either way
        }
    }

    /** One or several whole lines: a comment may stand between any two. */
    synchronized void line(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
    }

    @Override
    public void close() {
        beats.interrupt();
    }
}
