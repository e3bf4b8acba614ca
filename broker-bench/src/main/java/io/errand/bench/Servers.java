package io.errand.bench;

import java.util.List;

/**
 * What both servers get.
 *
 * @param heap as {@code -Xmx} takes it
 * @param pool connections to the database
 * @param errandOptions further options of the broker's JVM, for a profiler
 */
record Servers(String heap, int pool, List<String> errandOptions) {}
