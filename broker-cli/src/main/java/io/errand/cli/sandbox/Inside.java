package io.errand.cli.sandbox;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * Runs beside the command, in its network: listens where the command connects, says so, and goes on until the command's namespaces go.
 * It knows nothing that the command does not. Arguments: {@code ADDRESS:PORT=SOCKET} for each address that a port can be opened for,
 * {@code HOST:PORT=SOCKET} with a leading {@code @} for what the proxy connects to.
 */
public final class Inside {

    /** Where clients of HTTP find a proxy that knows {@code CONNECT} (RFC 9110 §9.3.6). */
    static final int PROXY = 3128;

    private static final int MAX_HEAD = 8 * 1024;

    private final Map<String, Path> proxied = new HashMap<>();

    private Inside() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        Inside inside = new Inside();
        for (String way : args) {
            inside.open(way);
        }
        inside.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), PROXY), inside::proxy);
        System.out.println("ready");
        System.out.close();
        Thread.currentThread().join();
    }

    private void open(String way) throws IOException {
        int equals = way.indexOf('=');
        Path socket = Path.of(way.substring(equals + 1));
        String address = way.substring(0, equals);
        if (address.startsWith("@")) {
            proxied.put(address.substring(1), socket);
            return;
        }
        int colon = address.lastIndexOf(':');
        listen(
                new InetSocketAddress(address.substring(0, colon), Integer.parseInt(address.substring(colon + 1))),
                client -> pass(client, socket));
    }

    @FunctionalInterface
    private interface Served {
        void by(SocketChannel client) throws IOException;
    }

    private void listen(InetSocketAddress at, Served served) throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open();
        server.bind(at);
        Thread.ofPlatform().daemon().start(() -> {
            while (true) {
                try {
                    SocketChannel client = server.accept();
                    Thread.ofVirtual().start(() -> serve(client, served));
                } catch (IOException e) {
                    return; // the process ends
                }
            }
        });
    }

    private static void serve(SocketChannel client, Served served) {
        try (client) {
            served.by(client);
        } catch (IOException | RuntimeException e) {
            Pump.close(client);
        }
    }

    private static void pass(SocketChannel client, Path socket) throws IOException {
        try (SocketChannel out = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            out.connect(UnixDomainSocketAddress.of(socket));
            Pump.join(client, out);
        }
    }

    /** Only {@code CONNECT}, and only to what may be reached. */
    private void proxy(SocketChannel client) throws IOException {
        String[] line = head(client).lines().findFirst().orElse("").split(" ", -1);
        Path socket = line.length == 3 && line[0].equals("CONNECT") ? proxied.get(line[1]) : null;
        if (socket == null) {
            say(client, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            return;
        }
        say(client, "HTTP/1.1 200 Connected\r\n\r\n");
        pass(client, socket);
    }

    /** A byte at a time, so that nothing of what comes after it is read. */
    private static String head(SocketChannel client) throws IOException {
        StringBuilder head = new StringBuilder();
        ByteBuffer one = ByteBuffer.allocate(1);
        while (head.length() < MAX_HEAD && head.indexOf("\r\n\r\n") < 0 && client.read(one) > 0) {
            head.append((char) (one.get(0) & 0xff));
            one.clear();
        }
        return head.toString();
    }

    private static void say(SocketChannel client, String text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
        while (bytes.hasRemaining()) {
            client.write(bytes);
        }
    }
}
