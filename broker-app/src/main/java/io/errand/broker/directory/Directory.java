package io.errand.broker.directory;

import io.errand.broker.agent.KnownOwners;
import io.errand.broker.agent.Owners;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import java.util.Collection;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/**
 * What is pushed. Whoever is an owner by a name that nobody active has any more is gone in the same transaction; where these are too
 * many, nothing changes and an administrator is asked.
 */
@Component
class Directory implements KnownOwners {

    private final DirectoryTable table;
    private final EntryWriter writer;
    private final WaitingChanges waiting;
    private final DirectoryProperties settings;

    Directory(DirectoryTable table, EntryWriter writer, WaitingChanges waiting, DirectoryProperties settings) {
        this.table = table;
        this.writer = writer;
        this.waiting = waiting;
        this.settings = settings;
    }

    @Override
    public Optional<Problem> refusal(String owner) {
        Optional<Boolean> active = table.active(Owners.key(owner));
        if (active.isPresent()) {
            return active.get()
                    ? Optional.empty()
                    : refused("'" + owner + "' is deactivated in the directory; name somebody who is there.");
        }
        return settings.required() && table.hasAny()
                ? refused(
                        "'" + owner
                                + "' is no user or group of the directory (errand.directory.required): name a user by"
                                + " userName or e-mail address, or a group by displayName, or have the directory push them first.")
                : Optional.empty();
    }

    private static Optional<Problem> refused(String sentence) {
        return Optional.of(Problem.conflict(sentence).with("member", "owner"));
    }

    Optional<DirectoryEntry> find(EntryKind kind, UUID id) {
        return table.find(kind, id);
    }

    DirectoryTable.Found list(EntryKind kind, ScimQuery query) {
        return table.list(kind, query, query.shows("members"));
    }

    static Problem none(EntryKind kind) {
        return Problem.notFound("There is no such " + kind.type() + ".");
    }

    @Transactional
    public Result<DirectoryEntry> create(EntryKind kind, EntryContent content, String who) {
        return pushed(new EntryStep(kind, Ids.next(), null, content), who);
    }

    /** @param edit of the entry as it is, which nobody else changes meanwhile */
    @Transactional
    public Result<DirectoryEntry> change(
            EntryKind kind, UUID id, Function<DirectoryEntry, Result<EntryContent>> edit, String who) {
        Optional<DirectoryEntry> found = table.hold(kind, id);
        if (found.isEmpty()) {
            return Result.refused(none(kind));
        }
        DirectoryEntry before = found.get();
        return edit.apply(before).then(after -> {
            EntryStep step = new EntryStep(kind, id, before, after);
            if (after.equals(before.content())) {
                waiting.supersede(step, who);
                return Result.ok(before);
            }
            return pushed(step, who);
        });
    }

    private Result<DirectoryEntry> pushed(EntryStep step, String who) {
        EntryContent after = step.after();
        if (after != null
                && !after.members().isEmpty()
                && !table.strangers(after.members()).isEmpty()) {
            return Result.refused(ScimErrors.invalid(
                    "invalidValue", "Each value in members is the id of a User that is here; one of these is not."));
        }
        return done(step, who).then(id -> Result.ok(table.find(step.kind(), id).orElseThrow()));
    }

    @Transactional
    public Result<UUID> delete(EntryKind kind, UUID id, String who) {
        return table.hold(kind, id)
                .map(found -> done(new EntryStep(kind, id, found, null), who))
                .orElseGet(() -> Result.refused(none(kind)));
    }

    private Result<UUID> done(EntryStep step, String who) {
        Collection<String> gone = writer.gone(step);
        if (!gone.isEmpty() && writer.isTooMany(gone.size())) {
            return Result.refused(waiting.add(step, gone, who));
        }
        waiting.supersede(step, who);
        writer.apply(step, gone, "by the directory", who);
        return Result.ok(step.id());
    }
}
