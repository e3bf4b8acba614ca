package io.errand.broker.credential.vault;

import io.errand.broker.credential.Backend;
import io.errand.broker.credential.Order;
import io.errand.broker.credential.TargetObservers;
import io.errand.broker.credential.Term;
import io.errand.broker.credential.ToolBinding;
import io.errand.broker.credential.vault.check.BrokerGrants;
import io.errand.broker.credential.vault.check.Finding;
import io.errand.broker.credential.vault.check.VaultCheck;
import io.errand.broker.credential.vault.client.VaultCalls;
import io.errand.broker.credential.vault.client.VaultLogin;
import io.errand.broker.credential.vault.client.VaultProperties;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.Secret;
import io.errand.testing.PageBlock;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** The backend as the service puts it together, with clocks that a test moves. */
public final class Rig implements AutoCloseable {

    static final String BROKER = "https://errand.test";

    public final VaultCalls calls;
    public final VaultLogin login;
    public final VaultBackend backend;
    public final VaultCheck check;
    final VaultHealth health;
    private final AtomicLong ahead = new AtomicLong();

    Rig(VaultProperties properties) {
        this(properties, new TargetObservers(List.of()));
    }

    Rig(VaultProperties properties, TargetObservers observers) {
        Clock clock = InstantSource.system().withZone(ZoneOffset.UTC);
        Clock moved = new Moved(clock, ahead);
        calls = new VaultCalls(properties);
        login = new VaultLogin(calls, properties.auth(), () -> System.nanoTime() + ahead.get());
        Accessors accessors = new Accessors(login, properties.walkTimeout(), System::nanoTime);
        check = new VaultCheck(login, new BrokerGrants(login), observers);
        health = new VaultHealth(login);
        RoleTokens tokens = new RoleTokens(calls, login);
        ObservedDestruction destruction = new ObservedDestruction(
                new VaultDestruction(login, accessors, properties.walkTimeout(), moved), observers, System::nanoTime);
        backend = new VaultBackend(
                new VaultIssuing(tokens, BROKER, System::nanoTime),
                destruction,
                new VaultExtension(login),
                check,
                new VaultProbe(tokens, destruction, BROKER, moved),
                new VaultUse(login),
                accessors,
                observers,
                new AuditHash(login),
                BROKER);
    }

    void advance(Duration by) {
        ahead.addAndGet(by.toNanos());
    }

    static VaultProperties properties(String address, VaultProperties.Auth auth) {
        return new VaultProperties(
                address, null, null, Duration.ofSeconds(2), Duration.ofSeconds(5), Duration.ofSeconds(20), auth);
    }

    static VaultProperties.Auth token(String token) {
        return new VaultProperties.Auth(
                VaultProperties.Method.TOKEN, new Secret(token), null, null, null, null, null, null, null);
    }

    public static Rig withToken(String address, String token) {
        return new Rig(properties(address, token(token)));
    }

    /** As the tool that {@code docs/vault.md} shows. */
    @SuppressWarnings("unchecked")
    static ToolBinding shown(String name) {
        Map<String, Object> tool = PageBlock.of("docs/vault.md", name).resource();
        return new ToolBinding(
                String.valueOf(tool.get("name")),
                (List<String>) Objects.requireNonNull(tool.get("actions")),
                (Map<String, Object>) Objects.requireNonNull(tool.get("config")));
    }

    /** An action a path. */
    public static ToolBinding binding(Map<String, String> paths) {
        return binding(paths, Map.of());
    }

    public static ToolBinding binding(Map<String, String> paths, Map<String, String> parameters) {
        Map<String, Object> config = new LinkedHashMap<>(Map.of("path", paths, "token_role", "errand"));
        if (!parameters.isEmpty()) {
            config.put("parameters", parameters);
        }
        return new ToolBinding("a-tool", List.copyOf(paths.keySet()), config);
    }

    static Order order(ToolBinding toolBinding, String... actions) {
        return new Order(
                Ids.next(),
                toolBinding,
                List.of(actions),
                Term.between(Instant.now(), Instant.now().plusSeconds(300)),
                Term.between(Instant.now(), Instant.now().plusSeconds(600)),
                Map.of("task", Map.of("id", "0199aaaa-0000-7000-8000-000000000001")));
    }

    static Backend.Remains remains(Order order, @Nullable String reference) {
        return new Backend.Remains(order.lease(), order.toolBinding(), reference);
    }

    /** All that is to be said of one path, but that it is observed nowhere. */
    public List<Finding> findings(String path) {
        return check.report("errand", Set.of(path), "").stream()
                .filter(finding -> !finding.detail().startsWith("is observed nowhere"))
                .toList();
    }

    boolean finds(UUID lease) {
        return backend.list().stream()
                .map(listing -> (Backend.Listing.Seen) listing)
                .flatMap(seen -> seen.live().stream())
                .anyMatch(live -> live.lease().equals(lease));
    }

    @Override
    public void close() {
        login.close();
        calls.close();
    }

    /** Remembers what was recorded; refuses, or dies, at one of the calls. */
    static final class Notebook implements Backend.Recorder {

        final List<String> references = new ArrayList<>();
        private final int last;
        private final boolean dies;

        private Notebook(int last, boolean dies) {
            this.last = last;
            this.dies = dies;
        }

        static Notebook willing() {
            return new Notebook(Integer.MAX_VALUE, false);
        }

        /** Records that many times, then says that the lease is no longer pending. */
        static Notebook refusingAfter(int records) {
            return new Notebook(records, false);
        }

        /** Records that many times; at the next the broker dies, and nobody cleans up. */
        static Notebook dyingAfter(int records) {
            return new Notebook(records, true);
        }

        @Override
        public boolean record(String reference) {
            if (references.size() == last) {
                if (dies) {
                    throw new Killed();
                }
                return false;
            }
            references.add(reference);
            return true;
        }
    }

    /** No exception that anything catches. */
    static final class Killed extends Error {
        private static final long serialVersionUID = 1L;
    }

    private static final class Moved extends Clock {
        private final Clock inner;
        private final AtomicLong ahead;

        Moved(Clock inner, AtomicLong ahead) {
            this.inner = inner;
            this.ahead = ahead;
        }

        @Override
        public java.time.ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(java.time.ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return inner.instant().plusNanos(ahead.get());
        }
    }
}
