package io.errand.quickstart;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** An MCP server that begins a stream and says nothing on it, and notices when its connection is closed. */
final class SilentServer implements AutoCloseable {

    private static final String BEGUN = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";

    private final ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    private volatile boolean hungUp;

    SilentServer() throws IOException {
        Thread.ofVirtual().start(this::serve);
    }

    String url() {
        return "http://127.0.0.1:" + server.getLocalPort() + "/mcp";
    }

    boolean isHungUp() {
        return hungUp;
    }

    private void serve() {
        try (Socket client = server.accept()) {
            InputStream in = client.getInputStream();
            in.read(new byte[64 * 1024]); // a small message comes at once
            client.getOutputStream().write(BEGUN.getBytes(StandardCharsets.US_ASCII));
            in.transferTo(java.io.OutputStream.nullOutputStream());
        } catch (IOException e) {
            // A connection that is reset is closed too.
        }
        hungUp = !server.isClosed();
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
