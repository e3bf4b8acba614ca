package io.errand.broker.shared.doctor;

import io.errand.api.DoctorReport;
import io.errand.api.DoctorReport.Check;
import io.errand.broker.shared.doctor.Diagnostic.Part;
import io.errand.broker.shared.doctor.Diagnostic.Result;
import io.errand.broker.shared.doctor.Diagnostic.Status;
import jakarta.annotation.PreDestroy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.stereotype.Component;

/** Asks all rooms at the same time, and waits for none longer than the limit: who has not answered by then is an error. */
@Component
class Doctor {

    private static final Logger LOG = LoggerFactory.getLogger(Doctor.class);

    private static final Duration LIMIT = Duration.ofSeconds(8);
    private static final int AT_ONCE = 32;
    private static final int LONGEST = 1000;

    private record Seen(String area, String subject, Result result) {}

    private final List<Diagnostic> diagnostics;
    private final Duration limit;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Semaphore places = new Semaphore(AT_ONCE);
    private final AtomicReference<@Nullable CompletableFuture<DoctorReport>> underWay = new AtomicReference<>();

    @Autowired
    Doctor(List<Diagnostic> diagnostics) {
        this(diagnostics, LIMIT);
    }

    Doctor(List<Diagnostic> diagnostics, Duration limit) {
        this.diagnostics = diagnostics;
        this.limit = limit;
    }

    /** One at a time: whoever asks meanwhile is given the same report. */
    DoctorReport examine() {
        CompletableFuture<DoctorReport> mine = new CompletableFuture<>();
        CompletableFuture<DoctorReport> other = underWay.compareAndExchange(null, mine);
        if (other != null) {
            return other.join();
        }
        try {
            DoctorReport report = lookAtAll();
            mine.complete(report);
            return report;
        } catch (RuntimeException | Error e) {
            mine.completeExceptionally(e);
            throw e;
        } finally {
            underWay.set(null);
        }
    }

    private DoctorReport lookAtAll() {
        long deadline = System.nanoTime() + limit.toNanos();
        List<Future<List<Seen>>> rooms = diagnostics.stream()
                .map(one -> threads.submit(() -> of(one, deadline)))
                .toList();
        List<Seen> seen = new ArrayList<>();
        // Each room ends by itself at the deadline.
        long end = deadline + Duration.ofSeconds(1).toNanos();
        for (int i = 0; i < rooms.size(); i++) {
            String area = diagnostics.get(i).area();
            seen.addAll(within(end, area, rooms.get(i), result -> List.of(new Seen(area, area, result))));
        }
        List<Check> checks = seen.stream()
                .sorted(Comparator.comparing((Seen one) -> one.result.status())
                        .thenComparing(Seen::area)
                        .thenComparing(Seen::subject))
                .map(Doctor::check)
                .toList();
        return new DoctorReport(
                checks.isEmpty() ? word(Status.OK) : checks.getFirst().status(), checks);
    }

    private List<Seen> of(Diagnostic room, long deadline) {
        String area = room.area();
        List<Part> parts = within(
                deadline, area, threads.submit(room::parts), result -> List.of(new Part(area, () -> List.of(result))));
        List<Future<List<Result>>> looks = parts.stream()
                .map(part -> threads.submit(placed(() -> part.look().get())))
                .toList();
        List<Seen> seen = new ArrayList<>();
        for (int i = 0; i < looks.size(); i++) {
            String subject = parts.get(i).subject();
            within(deadline, area + " " + subject, looks.get(i), List::of)
                    .forEach(result -> seen.add(new Seen(area, subject, result)));
        }
        return seen;
    }

    private <T> Callable<T> placed(Callable<T> look) {
        return () -> {
            places.acquire();
            try {
                return look.call();
            } finally {
                places.release();
            }
        };
    }

    private <T> T within(long deadline, String what, Future<T> look, Function<Result, T> otherwise) {
        try {
            return look.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            look.cancel(true);
            return otherwise.apply(Result.error(
                    "gave no answer within " + limit.toSeconds() + " seconds",
                    "Look whether what it speaks to hangs: a network that drops packets, a stopped process, a lock."));
        } catch (ExecutionException e) {
            LOG.warn("{} could not be looked at", what, e.getCause());
            return otherwise.apply(Result.error(
                    "could not be looked at: " + sentence(e.getCause()),
                    "Mend the database first if that is an error too; the service's log has the whole cause."));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return otherwise.apply(Result.error("was not looked at: the service stops", "Ask another replica."));
        }
    }

    /** What stands lowest says most: the pool says only that it waited. */
    private static String sentence(@Nullable Throwable thrown) {
        String text = thrown == null
                ? ""
                : String.valueOf(
                        NestedExceptionUtils.getMostSpecificCause(thrown).getMessage());
        return text.lines().findFirst().orElse("unknown");
    }

    private static Check check(Seen seen) {
        return new Check(
                seen.area,
                seen.subject,
                word(seen.result.status()),
                capped(seen.result.detail()),
                seen.result.remedy() == null ? null : capped(seen.result.remedy()));
    }

    private static String word(Status status) {
        return status.name().toLowerCase(Locale.ROOT);
    }

    private static String capped(String text) {
        return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…";
    }

    @PreDestroy
    void close() {
        threads.shutdownNow();
    }
}
