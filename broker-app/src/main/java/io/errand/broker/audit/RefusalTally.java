package io.errand.broker.audit;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.springframework.stereotype.Component;

/**
 * Which refusals of strangers have an event of their own, and how many others there were. Kinds and reasons are words of the
 * service, so strangers cannot make this grow.
 */
@Component
class RefusalTally {

    private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);

    private final int most;
    private final ConcurrentHashMap<Kind, Window> windows = new ConcurrentHashMap<>();

    RefusalTally(AuditProperties settings) {
        this.most = settings.refusalsPerMinute();
    }

    record Kind(String kind, String reason) {}

    record Counted(Kind kind, long times) {}

    private record Window(long since, int own, long counted) {

        Window plus(boolean isOwn) {
            return new Window(since, own + (isOwn ? 1 : 0), counted + (isOwn ? 0 : 1));
        }
    }

    /** Whether this one is counted instead of recorded. An agent's or an administrator's refusal always has its event. */
    boolean isCounted(AuditEvent event) {
        String who = event.who();
        if (event.agent() != null || event.task() != null || (who != null && who.startsWith("person:"))) {
            return false;
        }
        Kind kind = new Kind(event.kind(), String.valueOf(event.details().getOrDefault("reason", "")));
        boolean[] own = new boolean[1];
        windows.compute(kind, (key, last) -> {
            long now = System.nanoTime();
            Window window = last == null || now - last.since >= MINUTE
                    ? new Window(now, 0, last == null ? 0 : last.counted)
                    : last;
            own[0] = window.own < most;
            return window.plus(own[0]);
        });
        return !own[0];
    }

    /** What was counted since the last time. */
    List<Counted> take() {
        List<Counted> taken = new ArrayList<>();
        for (Kind kind : windows.keySet()) {
            windows.computeIfPresent(kind, (key, window) -> {
                if (window.counted > 0) {
                    taken.add(new Counted(key, window.counted));
                }
                return new Window(window.since, window.own, 0);
            });
        }
        return taken;
    }

    /** It could not be written: it counts the next time. */
    void putBack(Counted counted) {
        windows.computeIfPresent(
                counted.kind(),
                (key, window) -> new Window(window.since, window.own, window.counted + counted.times()));
    }
}
