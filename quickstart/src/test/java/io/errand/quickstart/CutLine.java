package io.errand.quickstart;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** A network between a command and the broker, until it is cut. */
final class CutLine implements AutoCloseable {

    private final ServerSocket listener;
    private final int broker;
    private final Queue<Socket> open = new ConcurrentLinkedQueue<>();

    CutLine(URI broker) {
        this.broker = broker.getPort();
        try {
            listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    String url() {
        return "http://127.0.0.1:" + listener.getLocalPort();
    }

    private void accept() {
        try {
            while (true) {
                Socket here = listener.accept();
                Socket there = new Socket(InetAddress.getLoopbackAddress(), broker);
                open.add(here);
                open.add(there);
                Thread.ofVirtual().start(() -> carry(here, there));
                Thread.ofVirtual().start(() -> carry(there, here));
            }
        } catch (IOException e) {
            cut();
        }
    }

    private static void carry(Socket from, Socket to) {
        try (from;
                to) {
            from.getInputStream().transferTo(to.getOutputStream());
        } catch (IOException e) {
            return; // cut, or closed by the other side
        }
    }

    /** Ends all connections; new ones are refused. */
    void cut() {
        try {
            listener.close();
            for (Socket socket : open) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        cut();
    }
}
