package io.errand.faults;

import io.errand.api.Json;
import io.errand.testing.Postgres;
import io.errand.testing.Scene;
import io.errand.testing.Wire;
import io.errand.testing.Wire.Answer;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Agents that begin and end tasks, whichever broker answers. */
final class Crowd implements AutoCloseable {

    private static final int AGENTS = 6;

    private final KillStormTest.Size size;
    private final StormReport report;
    private final Supplier<List<Wire>> brokers;
    private final ConcurrentLinkedQueue<JsonNode> live = new ConcurrentLinkedQueue<>();
    private final AtomicInteger vaultWanted;
    private final AtomicInteger othersWanted;
    private final AtomicInteger busy = new AtomicInteger();
    private final Postgres server;
    private final Resisting resisting;
    private volatile boolean churning;
    private volatile boolean over;

    /** @param server that logins are for */
    Crowd(KillStormTest.Size size, StormReport report, Postgres server, Supplier<List<Wire>> brokers) {
        this.size = size;
        this.report = report;
        this.brokers = brokers;
        this.server = server;
        this.resisting = new Resisting(server);
        this.vaultWanted = new AtomicInteger(size.vault());
        this.othersWanted = new AtomicInteger(size.others());
    }

    void begin() {
        for (int i = 0; i < AGENTS; i++) {
            busy.incrementAndGet();
            Thread.ofPlatform().daemon().start(this::act);
        }
    }

    void awaitLive(KillStormTest.Size wanted) {
        Awaitility.await("enough leases")
                .atMost(Duration.ofMinutes(15))
                .until(() -> live.size() >= wanted.vault() + wanted.others());
    }

    /** From now on tasks end too, and for each another one begins. */
    void churn() {
        churning = true;
    }

    /** Ends what the agents know of; a task whose answer was lost is nobody's, and its end is passed over in the database. */
    void endAll() {
        over = true;
        Awaitility.await("the agents").atMost(Duration.ofMinutes(1)).until(() -> busy.get() == 0);
        busy.set(AGENTS);
        for (int i = 0; i < AGENTS; i++) {
            Thread.ofPlatform().daemon().start(() -> {
                while (endOne()) {
                    Thread.onSpinWait();
                }
                busy.decrementAndGet();
            });
        }
        Awaitility.await("the tasks' ends").atMost(Duration.ofMinutes(15)).until(() -> busy.get() == 0);
        report.endForgotten();
    }

    int resisted() {
        return resisting.resisted();
    }

    @Override
    public void close() {
        over = true;
    }

    private void act() {
        while (!over) {
            if (vaultWanted.getAndUpdate(Crowd::oneLess) > 0) {
                beginOne(Deployment.VAULT_TOOL, "PT15M", vaultWanted);
            } else if (othersWanted.getAndUpdate(Crowd::oneLess) > 0) {
                boolean jwt = ThreadLocalRandom.current().nextBoolean();
                beginOne(
                        jwt ? Deployment.JWT_TOOL : Deployment.POSTGRES_TOOL,
                        jwt ? size.jwtTtl() : "PT15M",
                        othersWanted);
            } else if (churning && live.size() > (size.vault() + size.others()) / 2) {
                endOne();
            } else {
                Awaitility.await().until(() -> churning || over || othersWanted.get() > 0 || vaultWanted.get() > 0);
                if (churning) {
                    (ThreadLocalRandom.current().nextInt(10) == 0 ? vaultWanted : othersWanted).incrementAndGet();
                }
            }
        }
        busy.decrementAndGet();
    }

    private static int oneLess(int wanted) {
        return Math.max(0, wanted - 1);
    }

    private void beginOne(String tool, String ttl, AtomicInteger again) {
        Map<String, String> form = Scene.request(Deployment.AGENT, tool, "read");
        form.put("task", Json.mapper().writeValueAsString(Map.of("type", "triage", "purpose", "storm", "ttl", ttl)));
        Answer answer = call(wire -> wire.form("/oauth2/token", form));
        if (answer != null && answer.status() == 200) {
            report.grant();
            if (tool.equals(Deployment.POSTGRES_TOOL)) {
                resisting.mayResist(answer.json());
            }
            live.add(answer.json());
        } else {
            again.incrementAndGet();
            if (answer != null) {
                report.refuse();
            }
        }
    }

    /** False: there is none to end. */
    private boolean endOne() {
        JsonNode grant = live.poll();
        if (grant == null) {
            return false;
        }
        JsonNode credential = grant.path("credentials").path(0);
        boolean looks = !credential.path("type").asString().equals("jwt")
                && ThreadLocalRandom.current().nextInt(5) == 0;
        String path = "/v1/tasks/" + grant.path("task").path("id").asString() + "/complete";
        Answer answer = call(wire -> wire.as(grant.path("access_token").asString())
                .with("Prefer", looks ? "wait=5" : "respond-async")
                .post(path, Map.of("outcome", "succeeded")));
        if (answer == null || answer.status() >= 500) {
            live.add(grant);
            return true;
        }
        report.complete();
        if (looks && answer.status() == 200) {
            report.tried(works(grant));
            report.tried(resisting.stillReads(grant));
        }
        return true;
    }

    private boolean works(JsonNode grant) {
        try {
            Client.login(server, grant).close();
            return true;
        } catch (SQLException e) {
            return false;
        }
    }

    private interface Call {
        Answer on(Wire wire);
    }

    private @Nullable Answer call(Call call) {
        List<Wire> wires = brokers.get();
        try {
            return call.on(wires.get(ThreadLocalRandom.current().nextInt(wires.size())));
        } catch (UncheckedIOException e) {
            report.lose();
            return null;
        }
    }
}
