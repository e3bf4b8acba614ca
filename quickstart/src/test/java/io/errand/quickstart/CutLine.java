package io.errand.quickstart;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;

/** A network between a command and the broker, until it is cut. */
final class CutLine implements AutoCloseable {

    private final ServerSocket listener;
    private final int broker;
    private final Queue<Socket> open = new ConcurrentLinkedQueue<>();
    private volatile CountDownLatch closed = new CountDownLatch(0);
    private volatile boolean isHolding;

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

    private void carry(Socket from, Socket to) {
        byte[] bytes = new byte[16 * 1024];
        try (from;
                to) {
            for (int n = from.getInputStream().read(bytes);
                    n >= 0;
                    n = from.getInputStream().read(bytes)) {
                CountDownLatch gate = closed;
                if (gate.getCount() > 0) {
                    isHolding = true;
                    gate.await();
                }
                to.getOutputStream().write(bytes, 0, n);
            }
        } catch (IOException e) {
            return; // cut, or closed by the other side
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What is sent from now on arrives when it is let go. */
    void hold() {
        isHolding = false;
        closed = new CountDownLatch(1);
    }

    /** Whether anything was sent since. */
    boolean isHolding() {
        return isHolding;
    }

    void letGo() {
        closed.countDown();
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
        letGo();
        cut();
    }
}
