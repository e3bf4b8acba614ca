package io.errand.broker.directory;

import io.errand.api.OwnerDeparture;
import io.errand.broker.agent.Owners;
import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Does what a step says, with all that follows for owners, in the transaction under way. */
@Component
class EntryWriter {

    /** What pushes is called this and the id of its bearer. */
    static final String WHO = "directory:";

    /** In one of these, pushes may make a tenth of the owners gone, or one. */
    private static final Duration WINDOW = Duration.ofHours(1);

    private static final int TENTH = 10;

    private static final Map<String, Function<EntryContent, @Nullable Object>> ATTRIBUTES = new TreeMap<>(Map.of(
            "external_id", EntryContent::externalId,
            "name", EntryContent::name,
            "display_name", EntryContent::displayName,
            "email", EntryContent::email,
            "active", EntryContent::active,
            "members", EntryContent::members));

    private final DirectoryTable table;
    private final Owners owners;
    private final Audit audit;

    EntryWriter(DirectoryTable table, Owners owners, Audit audit) {
        this.table = table;
        this.owners = owners;
        this.audit = audit;
    }

    /** The owners that nobody active would be any more, as agents name them. */
    Collection<String> gone(EntryStep step) {
        Set<String> leaving = step.leaving();
        if (leaving.isEmpty()) {
            return List.of();
        }
        // From here on two such changes wait for each other, and so do registrations of agents.
        owners.queueUp();
        leaving.removeAll(table.present(leaving, step.id()));
        Map<String, String> gone = owners.present();
        gone.keySet().retainAll(leaving);
        return gone.values();
    }

    /** Whether so many more would be too many, of all that were there at the beginning of the hour that ends now. */
    boolean isTooMany(int more) {
        int recent = owners.goneSince(WINDOW, WHO);
        int all = owners.present().size() + recent;
        return recent + more > 1 && (recent + more) * TENTH > all;
    }

    /** @param how it came about, for the history of the agents */
    void apply(EntryStep step, Collection<String> gone, String how, String who) {
        EntryContent after = step.after();
        DirectoryEntry before = step.before();
        if (after == null) {
            table.delete(step.id());
        } else if (before == null) {
            table.insert(step.kind(), step.id(), after);
        } else {
            table.update(step.kind(), step.id(), after);
        }
        audit.record(AuditEvent.of(step.event())
                .by(who)
                .with("entry", step.id().toString())
                .with("name", step.name())
                .with("changed", before == null || after == null ? null : changed(before.content(), after))
                .with("deactivated", (after == null || after.active()) ? null : true)
                .with("owners", gone.isEmpty() ? null : List.copyOf(gone)));
        for (String owner : gone) {
            owners.gone(
                    new OwnerDeparture(
                            owner,
                            "The " + step.kind().wire() + " " + step.id() + " was " + step.end() + " " + how + "."),
                    who);
        }
    }

    /** The attributes, without their values. */
    private static List<String> changed(EntryContent before, EntryContent after) {
        List<String> changed = new ArrayList<>();
        ATTRIBUTES.forEach((name, of) -> {
            if (!Objects.equals(of.apply(before), of.apply(after))) {
                changed.add(name);
            }
        });
        return changed;
    }
}
