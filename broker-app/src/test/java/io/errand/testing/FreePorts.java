package io.errand.testing;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports for servers that are told where to listen before they start.
 *
 * <p>Not port 0 of the operating system: what it gives is in the range of outgoing connections, and one of those may
 * have taken it before the server is there.
 */
public final class FreePorts {

    /** Below 32768, where Linux' range of outgoing connections begins, and above what is registered for much. */
    private static final int FIRST = 15_000;

    private static final int AFTER = 32_000;

    private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet();

    private FreePorts() {}

    public static int next() {
        while (true) {
            int port = ThreadLocalRandom.current().nextInt(FIRST, AFTER);
            if (isFree(port) && GIVEN.add(port)) {
                return port;
            }
        }
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
