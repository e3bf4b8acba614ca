package io.errand.broker.credential;

import java.util.Map;

/**
 * A place on the status lists (Token Status List). Every list is full length from the first and a place is taken at random on any of them,
 * so neither an index nor a list says how many credentials there are.
 *
 * @param place over all lists, from 0
 */
public record StatusIndex(int place) {

    /** How many lists there are. They have room for 16.7 million credentials at a time. */
    public static final int LISTS = 16;

    /** Entries of a list. The migration's index is over the same power of two. */
    public static final int SIZE = 1 << 20;

    /** How long a verifier keeps a list, in seconds. */
    public static final int TTL_SECONDS = 5;

    public StatusIndex {
        if (place < 0 || place >= LISTS * SIZE) {
            throw new IllegalArgumentException("not on a status list: " + place);
        }
    }

    /** Which list. */
    public int list() {
        return place / SIZE;
    }

    /** Which entry of it. */
    public int index() {
        return place % SIZE;
    }

    /** A list's address, which is also its {@code sub}. */
    public static String uri(String issuer, int list) {
        return issuer + "/oauth2/status/" + list;
    }

    /** What a token says of it: the member {@code status_list} of the claim {@code status}. */
    public Map<String, Object> claim(String issuer) {
        return Map.of("idx", index(), "uri", uri(issuer, list()));
    }
}
