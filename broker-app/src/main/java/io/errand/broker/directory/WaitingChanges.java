package io.errand.broker.directory;

import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.directory.DirectoryChanges.Waiting;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/** Changes that an administrator is asked about, because too many owners would be gone by them. */
@Component
class WaitingChanges {

    private final DirectoryChanges changes;
    private final DirectoryTable table;
    private final EntryWriter writer;
    private final Audit audit;

    WaitingChanges(DirectoryChanges changes, DirectoryTable table, EntryWriter writer, Audit audit) {
        this.changes = changes;
        this.table = table;
        this.writer = writer;
        this.audit = audit;
    }

    /** Writes it down, once however often it is asked for; what whoever asks is told. */
    Problem add(EntryStep step, Collection<String> gone, String who) {
        Waiting asked = new Waiting(Ids.next(), step.kind(), step.id(), step.name(), step.version(), step.after());
        Optional<Waiting> earlier = changes.waiting(step.kind(), step.id(), step.name());
        UUID id = earlier.filter(old -> isSame(old, asked)).map(Waiting::id).orElse(asked.id());
        if (id.equals(asked.id())) {
            earlier.ifPresent(old -> close(old, "superseded", who, "The directory asks for something else."));
            changes.insert(asked, gone, who);
            audit.record(AuditEvent.of("directory.change_pending")
                    .by(who)
                    .with("change", id.toString())
                    .with("entry", step.id().toString())
                    .with("name", step.name())
                    .with("owners", List.copyOf(gone)));
        }
        return Problem.conflict(
                "Nothing was changed: with this, more than a tenth of the owners of agents would be gone within"
                        + " an hour. It waits for an administrator as " + id
                        + " (`errand directory`); once it is approved, the same request succeeds.");
    }

    private static boolean isSame(Waiting earlier, Waiting asked) {
        return Objects.equals(earlier.version(), asked.version()) && Objects.equals(earlier.after(), asked.after());
    }

    /** What waits for the entry does so no more: the directory has said something else of it. */
    void supersede(EntryStep step, String who) {
        changes.waiting(step.kind(), step.id(), step.name())
                .ifPresent(old -> close(old, "superseded", who, "The entry was pushed again."));
    }

    /** Empty: there is none that waits. Who would be gone by it is looked up again. */
    @Transactional
    public Optional<Result<UUID>> approve(UUID id, String reason, String who) {
        return changes.hold(id).map(change -> {
            DirectoryEntry before = table.hold(change.kind(), change.entry()).orElse(null);
            EntryStep step = new EntryStep(change.kind(), change.entry(), before, change.after());
            if (!Objects.equals(step.version(), change.version())) {
                close(change, "superseded", who, "The entry has changed since.");
                return Result.refused(
                        Problem.conflict(
                                "The " + change.kind().wire()
                                        + " has changed since, and nothing was done; the directory asks again if it still wants this."));
            }
            writer.apply(step, writer.gone(step), "by the directory, as an administrator approved", who);
            close(change, "approved", who, reason);
            return Result.ok(id);
        });
    }

    /** Empty: there is none that waits. */
    @Transactional
    public Optional<UUID> reject(UUID id, String reason, String who) {
        return changes.hold(id).map(change -> {
            close(change, "rejected", who, reason);
            return id;
        });
    }

    private void close(Waiting change, String state, String who, String reason) {
        changes.close(change.id(), state, who, reason);
        String kind = switch (state) {
            case "approved" -> "directory.change_approved";
            case "rejected" -> "directory.change_rejected";
            default -> "directory.change_superseded";
        };
        audit.record(AuditEvent.of(kind)
                .by(who)
                .with("change", change.id().toString())
                .with("entry", change.entry().toString())
                .with("name", change.name())
                .with("reason", reason));
    }
}
