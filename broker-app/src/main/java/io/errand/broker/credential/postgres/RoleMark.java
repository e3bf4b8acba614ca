package io.errand.broker.credential.postgres;

import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The comment on a lease's role. It shows a database administrator whose it is, and a broker which roles are its own: several may
 * make roles on one server, and each destroys what its database does not know. Whoever may comment on these roles may drop them
 * as well, so the mark gives nobody a power.
 *
 * @param issuer the broker's issuer identifier; a URL, so no space is in it
 * @param deployment the id of its database, which two brokers with one issuer identifier do not share
 */
record RoleMark(String issuer, Supplier<UUID> deployment) {

    private static final String BEGIN = "Errand: task ";
    private static final String BROKER = " by broker ";
    private static final String DEPLOYMENT = " deployment ";

    enum Whose {
        OURS,
        ANOTHERS,
        NOBODYS
    }

    String comment(Map<String, Object> task) {
        return BEGIN + task.getOrDefault("task", "unknown") + " of agent " + task.getOrDefault("agent", "unknown")
                + BROKER + issuer + DEPLOYMENT + deployment.get();
    }

    Whose of(@Nullable String comment) {
        int at = comment == null || !comment.startsWith(BEGIN) ? -1 : comment.lastIndexOf(BROKER);
        if (comment == null || at < 0) {
            return Whose.NOBODYS;
        }
        String maker = comment.substring(at + BROKER.length());
        // Marks of versions that named no deployment end with the issuer.
        return maker.equals(issuer) || maker.equals(issuer + DEPLOYMENT + deployment.get())
                ? Whose.OURS
                : Whose.ANOTHERS;
    }
}
