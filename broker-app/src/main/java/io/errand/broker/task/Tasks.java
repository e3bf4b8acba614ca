package io.errand.broker.task;

import io.errand.api.AuthorizationDetail;
import io.errand.api.TaskDeclaration;
import io.errand.broker.agent.Agent;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The public face of this room. */
public interface Tasks {

    /**
     * Inserts an active task in the transaction under way; its end is the database's now plus {@code ttl}, at most
     * {@code notAfter}.
     */
    Task declare(Declared declared);

    /**
     * Whether an agent may have one more, by {@code errand.task.max-live-per-agent}, decided for the transaction under way: whoever
     * asks for the last places waits here until it is over.
     */
    boolean hasRoom(UUID agent);

    Optional<Task> find(UUID id);

    /** The tasks above one, the top first, whatever became of them; for a task at the top nothing is asked. */
    List<Task> above(Task task);

    /**
     * The task and all above it, held against ending until the transaction under way is over; empty unless each is active and
     * its end has not come.
     */
    Optional<Task> hold(UUID id);

    /** Replaces the one task token that is valid, in the transaction under way. */
    Task renewToken(UUID id);

    /**
     * Ends an active task, and cancels all that are below it, in the transaction under way; each with an audit event and
     * {@link TaskEnded}.
     *
     * @param state what it becomes; not {@code ACTIVE}
     * @return false if it had ended already
     */
    boolean end(UUID id, Task.State state, @Nullable String outcome, @Nullable String summary, String who);

    /**
     * Cancels the active tasks of a scope and all that are below them, with an audit event each and one {@link TasksEnded}. Their
     * leases are left to the caller, which is about to sweep the same scope.
     */
    Cancelled cancelAll(Scope scope, String who);

    /** The roots of the trees in which active tasks are of a scope, the newest first. */
    List<UUID> trees(Scope scope, int most);

    /** Whether an active task is of a scope. */
    boolean anyActive(Scope scope);

    /**
     * The same, and those who showed themselves for more of the task are of its chain from now on.
     *
     * @param identities {@code <issuer>:<subject>} each
     */
    Optional<Task> hold(Task task, List<String> identities);

    /** Active tasks of an agent, each with its identities; of one from before they were kept, its issuer with an empty subject. */
    Map<UUID, List<String>> shown(String agent);

    /**
     * What a scope's end has ended.
     *
     * @param own those that are of the scope themselves
     * @param below the others, which stood below them
     */
    record Cancelled(List<UUID> own, List<UUID> below) {

        /** How many, with those below. */
        public int tasks() {
            return own.size() + below.size();
        }
    }

    /**
     * Cancels all that is below an agent's active tasks, and not these, in the transaction under way, with an audit event each and
     * {@link TaskEnded}.
     */
    void cancelHandedOn(String agent, String who);

    /** What was handed down from a task, whatever became of it, by age. */
    List<Task> children(UUID id);

    /** All that are below a task, whatever became of them. */
    List<UUID> below(UUID id);

    /**
     * A task to be.
     *
     * @param issuer whose token the agent showed
     * @param identities everybody who showed themselves for it, {@code <issuer>:<subject>} each
     * @param subject for whom: {@code agent:<name>} or {@code person:<issuer>:<sub>}
     * @param declaration as the agent sent it; of the prompt's text, its digest is kept, and the text only where it is asked for
     * @param senderConstrained whether its token is bound to a key of its holder
     * @param notAfter the end of what it came from; null: it came from nothing that ends
     * @param vouched what another deployment's credential said, by which it is begun; null: none was shown
     */
    record Declared(
            Agent agent,
            String issuer,
            List<String> identities,
            String subject,
            String type,
            String purpose,
            TaskDeclaration declaration,
            List<AuthorizationDetail> ceiling,
            Duration ttl,
            @Nullable Instant notAfter,
            boolean senderConstrained,
            Task.Origin origin,
            @Nullable Map<String, Object> vouched) {}
}
