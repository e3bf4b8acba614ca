package io.errand.broker.evaluation;

import io.errand.broker.task.Sessions;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/** What one request wants decided, in order, and where its answer goes. Each is itself and equal to no other. */
final class Submission {

    private final List<Matter> matters;
    private final Semantic semantic;
    private final CompletableFuture<List<Verdict>> answer = new CompletableFuture<>();

    Submission(List<Matter> matters, Semantic semantic) {
        this.matters = List.copyOf(matters);
        this.semantic = semantic;
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

    Set<Sessions.Key> sessions() {
        return matters.stream()
                .flatMap(matter -> matter.task().stream())
                .map(Sessions.Key::of)
                .collect(Collectors.toSet());
    }

    List<Known.Asked> asked() {
        return matters.stream()
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
