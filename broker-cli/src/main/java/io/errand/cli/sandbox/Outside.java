package io.errand.cli.sandbox;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Connects an isolated command to what it may reach, and to nothing else: one socket for each address. */
final class Outside implements AutoCloseable {

    private final List<ServerSocketChannel> listening = new ArrayList<>();

    void listen(Path socket, Reach reach) throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(socket));
        listening.add(server);
        Thread.ofPlatform().daemon().name("errand-reach-" + reach).start(() -> accept(server, reach));
    }

    private static void accept(ServerSocketChannel server, Reach reach) {
        while (true) {
            try {
                SocketChannel inner = server.accept();
                Thread.ofVirtual().start(() -> connect(inner, reach));
            } catch (IOException e) {
                return; // it was closed: the command has ended
            }
        }
    }

    private static void connect(SocketChannel inner, Reach reach) {
        try (inner;
                SocketChannel outer = SocketChannel.open(new InetSocketAddress(bare(reach.host()), reach.port()))) {
            Pump.join(inner, outer);
        } catch (IOException | RuntimeException e) {
            Pump.close(inner); // as if nobody listened there
        }
    }

    private static String bare(String host) {
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    @Override
    public void close() {
        listening.forEach(Outside::close);
    }

    private static void close(ServerSocketChannel server) {
        try {
            server.close();
        } catch (IOException e) {
            return; // the process ends soon, and it with it
        }
    }
}
