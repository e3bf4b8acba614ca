package io.errand.bench;

import java.net.URI;
import java.util.List;

/**
 * One kind of request at one side.
 *
 * @param requests as they go over the line, taken in turns; where each may be sent once, as many as a round can take
 * @param onceEach whether a request is accepted only once
 * @param proof what a good answer contains, besides being a 200
 */
record Operation(URI base, List<byte[]> requests, boolean onceEach, String proof) {}
