package io.errand.bench;

import java.util.Optional;

/** One of the two that are measured, running. */
interface Side extends AutoCloseable {

    /** What is asked of both. */
    enum Kind {
        TOKEN_EXCHANGE("token exchange"),
        CLIENT_CREDENTIALS("client credentials, JWT assertion"),
        INTROSPECTION("introspection");

        private final String title;

        Kind(String title) {
            this.title = title;
        }

        String title() {
            return title;
        }
    }

    /** More requests than a side here answers in a second: as many are made where each may be sent once. */
    int MOST_A_SECOND = 4_000;

    /** Its name and version. */
    String name();

    /** Whether the other's figures are given as parts of this one's. */
    boolean isPeerOf(Side other);

    /**
     * One round's worth of requests, made anew before each round.
     *
     * @param atMost how many a round can take
     * @return empty where this side does not have it
     */
    Optional<Operation> operation(Kind kind, int atMost);

    @Override
    void close();
}
