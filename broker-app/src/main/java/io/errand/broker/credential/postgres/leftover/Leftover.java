package io.errand.broker.credential.postgres.leftover;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a credential left at the target, and what became of it.
 *
 * @param kind as PostgreSQL calls it: {@code table}, {@code function}, {@code trigger}
 * @param name the identity, quoted and with its schema where it has one
 * @param fate {@code dropped}, {@code quarantined}, or {@code given to} a role
 */
public record Leftover(String kind, String name, String database, String fate) {

    /** More are counted, not named. */
    public static final int MOST = 50;

    private static final int LONGEST = 200;

    public Map<String, Object> json() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("kind", kind);
        json.put("name", name.length() <= LONGEST ? name : name.substring(0, LONGEST));
        json.put("database", database);
        json.put("fate", fate);
        return json;
    }
}
