package io.errand.broker.evaluation;

import io.errand.broker.task.Sessions;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/** What one request wants decided, in order, and where its answer goes. Each is itself and equal to no other. */
final class Submission {

    private final List<Matter> matters;
    private final Semantic semantic;
    private final Set<Sessions.Key> sessions;
    private final Set<UUID> parts;
    private final CompletableFuture<List<Verdict>> answer = new CompletableFuture<>();

    Submission(List<Matter> matters, Semantic semantic) {
        this.matters = List.copyOf(matters);
        this.semantic = semantic;
        this.sessions = matters.stream()
                .flatMap(matter -> matter.task().stream())
                .map(Sessions.Key::of)
                .collect(Collectors.toUnmodifiableSet());
        this.parts = sessions.stream().flatMap(key -> key.parts().stream()).collect(Collectors.toUnmodifiableSet());
    }

    List<Matter> matters() {
        return matters;
    }

    Semantic semantic() {
        return semantic;
    }

    CompletableFuture<List<Verdict>> answer() {
        return answer;
    }

    /** Nobody waits for the answer any more; what is not decided yet need not be. */
    void abandon() {
        answer.cancel(false);
    }

    boolean isAbandoned() {
        return answer.isCancelled();
    }

    Set<Sessions.Key> sessions() {
        return sessions;
    }

    /** What its sessions are made of. */
    Set<UUID> parts() {
        return parts;
    }

    static List<Known.Asked> asked(List<Submission> submissions) {
        return submissions.stream()
                .flatMap(submission -> submission.matters.stream())
                .flatMap(matter -> matter
                        .task()
                        .map(task -> new Known.Asked(
                                task,
                                matter.item() instanceof Item.Good good
                                        ? good.resource().id()
                                        : ""))
                        .stream())
                .toList();
    }
}
