package io.errand.cli.mcp;

import io.errand.client.Decision;
import io.errand.client.ErrandException;
import io.errand.client.Outcome;
import io.errand.client.Task;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What came of calls, on its way to the broker. The client does not wait for it; the next decision does. */
final class Outcomes {

    private static final int WAIT_SECONDS = 5;

    private final Task task;
    private final Consumer<String> note;
    private final Map<String, CompletableFuture<Void>> underWay = new ConcurrentHashMap<>();

    Outcomes(Task task, Consumer<String> note) {
        this.task = task;
        this.note = note;
    }

    void report(Decision decision, Outcome outcome, @Nullable String detail) {
        CompletableFuture<Void> report = new CompletableFuture<>();
        String id = decision.id().orElse("");
        underWay.put(id, report);
        Thread.ofVirtual().name("errand-outcome").start(() -> {
            try {
                task.report(decision, outcome, detail);
            } catch (ErrandException | IllegalArgumentException e) {
                note.accept("the outcome of decision " + id + " ("
                        + outcome.name().toLowerCase(Locale.ROOT) + ") could not be told: " + e.getMessage());
            } finally {
                underWay.remove(id);
                report.complete(null);
            }
        });
    }

    /** Waits a little for what is still being told. */
    void await() {
        try {
            CompletableFuture.allOf(underWay.values().toArray(CompletableFuture[]::new))
                    .get(WAIT_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            note.accept("the broker does not take outcomes now");
        }
    }
}
