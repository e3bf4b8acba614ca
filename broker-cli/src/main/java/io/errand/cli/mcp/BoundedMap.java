package io.errand.cli.mcp;

import java.util.LinkedHashMap;
import java.util.Map;

/** A map of so many entries at most, which forgets the oldest. Not safe for threads. */
final class BoundedMap<K, V> extends LinkedHashMap<K, V> {

    private static final long serialVersionUID = 1;

    private final int most;

    BoundedMap(int most) {
        this.most = most;
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > most;
    }
}
