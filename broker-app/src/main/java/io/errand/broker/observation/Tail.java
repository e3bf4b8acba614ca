package io.errand.broker.observation;

import java.io.Closeable;
import java.io.IOException;

/** A log that is written at its end, until another one takes its place. */
interface Tail extends Closeable {

    /** What it is known by, whatever its name is now. */
    String file();

    /** Its name now. */
    String path();

    /** How many bytes it has; asked where nothing is known of it, since it may be dear. */
    long size() throws IOException;

    /** Whether it has so many bytes, or more. */
    boolean has(long bytes) throws IOException;

    /** What there is from one place on, so many bytes at most; nothing, where there is no more. */
    byte[] read(long from, int most) throws IOException;

    @Override
    void close() throws IOException;
}
