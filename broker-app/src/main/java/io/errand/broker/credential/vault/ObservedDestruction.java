package io.errand.broker.credential.vault;

import io.errand.broker.credential.Backend.Remains;
import io.errand.broker.credential.Destruction;
import io.errand.broker.credential.TargetObserver;
import io.errand.broker.credential.TargetObservers;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Where a tool observes a target, the broker itself ends there what Vault made, before Vault is asked and whether it answers or not;
 * then Vault revokes, and the broker looks again. A lease is gone when both say so. Elsewhere Vault's word is all there is.
 *
 * <p>While Vault does not answer it is left alone between tries, and nobody waits for it: its silence must not keep the logins of
 * other leases alive.
 */
final class ObservedDestruction {

    /** How long a lease waits for Vault when its credential is ended at the target already. */
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private static final Duration REST = Duration.ofSeconds(2);

    private static final Executor THREADS =
            command -> Thread.ofVirtual().name("vault-revocation").start(command);

    private final VaultDestruction vault;
    private final TargetObservers observers;
    private final LongSupplier nanos;
    private volatile long notBefore;

    ObservedDestruction(VaultDestruction vault, TargetObservers observers, LongSupplier nanos) {
        this.vault = vault;
        this.observers = observers;
        this.nanos = nanos;
        this.notBefore = nanos.getAsLong();
    }

    boolean forestalls(String target) {
        return observers
                .of(target)
                .filter(observer -> observer.forestalls(target))
                .isPresent();
    }

    void forestall(String target, Collection<UUID> leases) {
        observers.of(target).ifPresent(observer -> observer.forestall(target, leases));
    }

    /** @param insists whether the credential is known to resist at its target */
    Destruction destroy(Remains remains, boolean insists) {
        String target = remains.toolBinding().target();
        if (target.isEmpty()) {
            return vault.destroy(remains);
        }
        Optional<TargetObserver> observer = observers.of(target);
        if (observer.isEmpty()) {
            return new Destruction.Retry(
                    "The service has no target '" + target + "' any more, at which this is to be ended.", null);
        }
        Destruction first = observer.get().destroy(target, remains.lease(), insists);
        return switch (first) {
            case Destruction.Retry retry -> {
                // Vault may reach what the broker does not.
                askVault(remains);
                yield retry;
            }
            case Destruction.Resists resists -> resists;
            case Destruction.Lingers lingers -> lingers;
            case Destruction.Gone gone -> revoked(target, observer.get(), remains, gone.facts(), null);
            case Destruction.Disabled disabled -> revoked(target, observer.get(), remains, disabled.facts(), disabled);
        };
    }

    /** The same for one that nobody holds: Vault is waited for, whether it answered a moment ago or not, and says what it says. */
    Destruction destroyTried(Remains remains) {
        String target = remains.toolBinding().target();
        Optional<TargetObserver> observer = observers.of(target);
        Destruction there = observer.isEmpty()
                ? new Destruction.Gone("absent", "", Map.of())
                : observer.get().destroy(target, remains.lease(), true);
        Destruction said = vault.destroy(remains);
        return there instanceof Destruction.Gone ? said : there;
    }

    /** @param disabled what keeps it at the target, where it is unusable; null: nothing does */
    private Destruction revoked(
            String target,
            TargetObserver observer,
            Remains remains,
            Map<String, Object> first,
            Destruction.@Nullable Disabled disabled) {
        return switch (askVault(remains)) {
            case Destruction.Gone gone -> lookAgain(target, observer, remains, first, gone);
            case Destruction.Retry retry ->
                disabled == null || retry.targetDown() ? notYet(target, retry) : kept(target, disabled, retry);
            case Destruction other -> other;
        };
    }

    /** It is not the target that fails: other leases there are worked on. */
    private static Destruction notYet(String target, Destruction.Retry retry) {
        return new Destruction.Retry(
                retry.cause() + " At " + target + " the broker has ended the credential and seen that it is unusable.",
                retry.after());
    }

    /** What the broker may not drop Vault may not either, and need not try for ever. */
    private static Destruction kept(String target, Destruction.Disabled disabled, Destruction.Retry retry) {
        return new Destruction.Disabled(
                disabled.cause() + "; " + retry.cause(),
                disabled.remedy(),
                disabled.passing(),
                ended(target, disabled.statement()) + " Vault keeps its lease.",
                observed(target, disabled.facts()));
    }

    private Destruction askVault(Remains remains) {
        if (nanos.getAsLong() - notBefore < 0) {
            return new Destruction.Retry("Vault did not answer a moment ago and is left alone.", null, true);
        }
        Destruction answer = CompletableFuture.supplyAsync(() -> vault.destroy(remains), THREADS)
                .completeOnTimeout(
                        new Destruction.Retry("Vault has not answered yet.", null, true),
                        PATIENCE.toMillis(),
                        TimeUnit.MILLISECONDS)
                .join();
        if (answer instanceof Destruction.Retry retry && retry.targetDown()) {
            notBefore = nanos.getAsLong() + REST.toNanos();
        }
        return answer;
    }

    /** Vault may have made the login after the broker had looked. */
    private static Destruction lookAgain(
            String target,
            TargetObserver observer,
            Remains remains,
            Map<String, Object> first,
            Destruction.Gone vault) {
        Map<String, Object> facts = new LinkedHashMap<>(vault.facts());
        facts.remove(VaultDestruction.SESSIONS);
        facts.putAll(observed(target, first));
        String said = vault.statement().replace(VaultDestruction.NOT_LOOKED, "");
        return switch (observer.destroy(target, remains.lease(), false)) {
            case Destruction.Gone(var kind, var statement, var again) -> {
                facts.put("looked_again", again);
                yield new Destruction.Gone(kind, ended(target, statement) + " " + said, facts);
            }
            case Destruction.Disabled(var cause, var remedy, boolean passing, var statement, var again) -> {
                facts.put("looked_again", again);
                yield new Destruction.Disabled(cause, remedy, passing, ended(target, statement) + " " + said, facts);
            }
            case Destruction other -> other;
        };
    }

    private static String ended(String target, String statement) {
        return "At the target '" + target + "' the broker ended the credential and looked: " + statement;
    }

    private static Map<String, Object> observed(String target, Map<String, Object> found) {
        Map<String, Object> observed = new LinkedHashMap<>();
        observed.put("target", target);
        observed.put("ended_by", "broker");
        observed.putAll(found);
        return Map.of("observed", observed);
    }
}
