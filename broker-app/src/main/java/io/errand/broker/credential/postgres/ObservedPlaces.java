package io.errand.broker.credential.postgres;

import java.sql.Connection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where a login of the primary can be used too: its hot standbys. A login ends in three steps: {@link #end} after the primary has
 * forbidden it, then the primary drops it, then {@link #look}. Only its members may end its sessions, so it is not dropped before.
 */
interface ObservedPlaces {

    ObservedPlaces NONE = new ObservedPlaces() {
        @Override
        public Seen end(Connection primary, String role, long oid) {
            return Seen.NOTHING;
        }

        @Override
        public Seen look(Connection primary, String role, long oid, boolean dropped) {
            return Seen.NOTHING;
        }
    };

    /**
     * @param facts for the receipt, one entry a place
     * @param missing which place did not say what it must, and what; empty: all did
     */
    record Seen(List<Map<String, Object>> facts, Optional<String> missing) {

        static final Seen NOTHING = new Seen(List.of(), Optional.empty());
    }

    /** Ends the role's sessions everywhere, now that the primary has committed that it may not log in. */
    Seen end(Connection primary, String role, long oid);

    /** Whether the login can be used nowhere. {@code dropped}: it must be absent; else it must be forbidden to log in. */
    Seen look(Connection primary, String role, long oid, boolean dropped);
}
