package io.errand.quickstart;

import io.errand.cli.CommandFailed;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Where a local broker listens, always on loopback.
 *
 * @param broker must be had
 * @param issuer the development issuers
 * @param management health and metrics
 */
public record Ports(int broker, int issuer, int management) {

    private static final int LAST = 65_535;
    private static final int FIRST = 15_000;
    private static final int AFTER = 32_000;
    private static final int TRIES = 1_000;

    /** This port, and for the others the two after it unless they are taken. */
    static Ports from(int port) {
        if (port < 1 || port > LAST) {
            throw new CommandFailed("A port is a number from 1 to " + LAST + ".");
        }
        if (!isFree(port)) {
            throw new CommandFailed("Port " + port + " is taken; choose another with --port.");
        }
        return new Ports(port, preferably(port + 1), preferably(port + 2));
    }

    /** Ports that nobody uses now. */
    public static Ports free() {
        return new Ports(any(), any(), any());
    }

    static int preferably(int port) {
        return port <= LAST && isFree(port) ? port : any();
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * A port that nobody uses. It is below 32768, where Linux' range of outgoing connections begins, so that none of
     * those takes it before it is listened at.
     */
    public static int any() {
        return ThreadLocalRandom.current()
                .ints(TRIES, FIRST, AFTER)
                .filter(Ports::isFree)
                .findFirst()
                .orElseThrow(() -> new CommandFailed(
                        "There is no free port between " + FIRST + " and " + AFTER + " on this machine."));
    }
}
