package io.errand.broker.shared;

import java.util.LinkedHashMap;
import java.util.Map;

/** A map of so many entries at most: of those beyond, the one that was not asked for the longest goes. Not safe for threads. */
public final class RecentMap<K, V> extends LinkedHashMap<K, V> {

    private static final long serialVersionUID = 1;

    private final int most;

    /** @param most entries, at least 1 */
    public RecentMap(int most) {
        super(16, 0.75f, true);
        this.most = most;
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > most;
    }
}
