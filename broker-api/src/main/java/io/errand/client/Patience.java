package io.errand.client;

import java.time.Duration;

/**
 * How long to wait.
 *
 * @param connect for a connection
 * @param answer for the answer to one request; making a credential takes as long as its target does
 * @param lostReply for sending a request again whose reply was lost. A broker that died while it answered makes others wait a
 *     minute before they take the request over, so shorter than that may leave a task that nobody holds until its {@code ttl}
 */
public record Patience(Duration connect, Duration answer, Duration lostReply) {

    public static final Patience USUAL =
            new Patience(Duration.ofSeconds(5), Duration.ofSeconds(30), Duration.ofSeconds(90));

    public Patience {
        if (!connect.isPositive() || !answer.isPositive() || lostReply.isNegative()) {
            throw new IllegalArgumentException("connect and answer are longer than nothing, lostReply is not negative");
        }
    }
}
