package io.errand.faults;

import io.errand.testing.Scene;
import io.errand.testing.Wire.Answer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;

/**
 * Agents that begin a task at one broker and end it at another, of those that take requests at that moment, as behind a load balancer.
 * Whatever is not answered as if nothing happened is a failure.
 */
final class Traffic implements AutoCloseable {

    private static final int AGENTS = 4;
    private static final int PAUSE_MILLIS = 100;
    private static final List<String> TOOLS = List.of(Deployment.JWT_TOOL, Deployment.POSTGRES_TOOL);

    /** A broker that takes requests, and how many of them are under way there. */
    private record Member(String kind, BrokerProcess broker, AtomicInteger underWay) {}

    private final Scene scene;
    private final CopyOnWriteArrayList<Member> members = new CopyOnWriteArrayList<>();
    private final Map<String, AtomicInteger> counts = new ConcurrentSkipListMap<>();
    private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
    private final ScheduledExecutorService agents = Executors.newScheduledThreadPool(AGENTS);

    Traffic(Scene scene) {
        this.scene = scene;
    }

    /** @param kind what it is counted as */
    void join(String kind, BrokerProcess broker) {
        members.add(new Member(kind, broker, new AtomicInteger()));
    }

    /** So many a second at most: brokers that start beside them must get to it. */
    void begin() {
        for (int i = 0; i < AGENTS; i++) {
            ScheduledFuture<?> _ = agents.scheduleWithFixedDelay(this::act, 0, PAUSE_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    /** It gets no more requests, answers those that it has, and ends (SIGTERM). */
    void leave(BrokerProcess broker) {
        Member member =
                members.stream().filter(one -> one.broker == broker).findFirst().orElseThrow();
        members.remove(member);
        // Whoever has chosen it counts itself and then looks whether it is still a member.
        Deployment.await("its last answers", () -> member.underWay.get() == 0);
        broker.end();
    }

    /** Until as many more tasks began and ended. */
    void passes(int tasks) {
        int before = tasks();
        Awaitility.await(tasks + " tasks")
                .atMost(Duration.ofMinutes(3))
                .until(() -> tasks() >= before + tasks || !failures.isEmpty());
    }

    int tasks() {
        return counts.values().stream().mapToInt(AtomicInteger::get).sum();
    }

    /** How many tasks, by where they began and where they ended. */
    Map<String, Integer> counts() {
        Map<String, Integer> found = new TreeMap<>();
        counts.forEach((way, count) -> found.put(way, count.get()));
        return found;
    }

    List<String> failures() {
        return List.copyOf(failures);
    }

    /** No task is under way any more. */
    void stop() {
        agents.close();
    }

    @Override
    public void close() {
        stop();
    }

    private void act() {
        String tool = TOOLS.get(ThreadLocalRandom.current().nextInt(TOOLS.size()));
        try {
            at((kind, broker) -> {
                Answer granted = broker.exchange(Scene.request(Deployment.AGENT, tool, "read"));
                if (granted.status() == 200) {
                    String end = end(granted.json(), kind);
                    counts.computeIfAbsent(kind + " -> " + end, way -> new AtomicInteger())
                            .incrementAndGet();
                } else {
                    failures.add(kind + " refused " + tool + ": " + granted.status() + " " + granted.text());
                }
                return kind;
            });
        } catch (RuntimeException e) {
            failures.add(e.toString());
        }
    }

    private String end(JsonNode grant, String kind) {
        return at((other, broker) -> {
            Answer ended = broker.end(grant);
            if (ended.status() != 200 && ended.status() != 202) {
                failures.add(other + " did not end a task of " + kind + ": " + ended.status() + " " + ended.text());
            }
            return other;
        });
    }

    private String at(BiFunction<String, Scene, String> work) {
        while (true) {
            List<Member> now = List.copyOf(members);
            Member member = now.get(ThreadLocalRandom.current().nextInt(now.size()));
            member.underWay.incrementAndGet();
            try {
                if (members.contains(member)) {
                    return Objects.requireNonNull(work.apply(member.kind, scene.through(member.broker.port())));
                }
            } finally {
                member.underWay.decrementAndGet();
            }
        }
    }
}
