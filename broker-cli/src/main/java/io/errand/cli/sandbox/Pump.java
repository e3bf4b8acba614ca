package io.errand.cli.sandbox;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** Carries bytes between two connections until either ends. */
final class Pump {

    private static final int BUFFER = 32 * 1024;

    private Pump() {}

    static void join(SocketChannel one, SocketChannel other) {
        Thread.ofVirtual().start(() -> carry(one, other));
        carry(other, one);
    }

    /** The end of one direction is passed on; a fault ends both. */
    private static void carry(SocketChannel from, SocketChannel to) {
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
        try {
            while (from.read(buffer) >= 0) {
                buffer.flip();
                while (buffer.hasRemaining()) {
                    to.write(buffer);
                }
                buffer.clear();
            }
            to.shutdownOutput();
        } catch (IOException e) {
            close(from);
            close(to);
        }
    }

    static void close(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            return; // it is gone either way
        }
    }
}
