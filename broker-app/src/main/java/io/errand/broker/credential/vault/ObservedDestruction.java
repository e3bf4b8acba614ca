package io.errand.broker.credential.vault;

import io.errand.broker.credential.Backend.Remains;
import io.errand.broker.credential.Destruction;
import io.errand.broker.credential.TargetObserver;
import io.errand.broker.credential.TargetObservers;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

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

    /** @param insists whether the credential is known to resist at its target */
    Destruction destroy(Remains remains, boolean insists) {
        String target = remains.binding().target();
        if (target.isEmpty()) {
            return vault.destroy(remains);
        }
        Optional<TargetObserver> observer = observers.of(target);
        if (observer.isEmpty()) {
            return new Destruction.Retry(
                    "The service has no target '" + target + "' any more, at which this is to be ended.", null);
        }
        return switch (observer.get().destroy(target, remains.lease(), insists)) {
            case Destruction.Retry(var cause, var after, boolean down) -> {
                // Vault may reach what the broker does not.
                askVault(remains);
                yield new Destruction.Retry(cause, after, down);
            }
            case Destruction.Lingers lingers -> lingers;
            case Destruction.Gone first -> {
                Destruction revoked = askVault(remains);
                yield revoked instanceof Destruction.Gone gone
                        ? lookAgain(target, observer.get(), remains, first, gone)
                        : notYet(target, revoked);
            }
        };
    }

    private Destruction askVault(Remains remains) {
        if (nanos.getAsLong() - notBefore < 0) {
            return new Destruction.Retry("Vault did not answer a moment ago and is left alone.", null);
        }
        Destruction answer = CompletableFuture.supplyAsync(() -> vault.destroy(remains), THREADS)
                .completeOnTimeout(
                        new Destruction.Retry("Vault has not answered yet.", null, true),
                        PATIENCE.toMillis(),
                        TimeUnit.MILLISECONDS)
                .join();
        if (answer instanceof Destruction.Retry(var cause, var after, boolean down) && down) {
            notBefore = nanos.getAsLong() + REST.toNanos();
        }
        return answer;
    }

    /** It is not the target that fails: other leases there are worked on. */
    private static Destruction notYet(String target, Destruction revoked) {
        return revoked instanceof Destruction.Retry(var cause, var after, boolean down)
                ? new Destruction.Retry(
                        cause + " At " + target + " the broker has ended the credential and seen it gone.", after)
                : revoked;
    }

    /** Vault may have made the login after the broker had looked. */
    private static Destruction lookAgain(
            String target, TargetObserver observer, Remains remains, Destruction.Gone first, Destruction.Gone vault) {
        Destruction last = observer.destroy(target, remains.lease(), false);
        if (!(last instanceof Destruction.Gone seen)) {
            return last;
        }
        Map<String, Object> facts = new LinkedHashMap<>(vault.facts());
        facts.remove(VaultDestruction.SESSIONS);
        Map<String, Object> observed = new LinkedHashMap<>();
        observed.put("target", target);
        observed.put("ended_by", "broker");
        observed.putAll(first.facts());
        seen.facts().forEach((name, value) -> {
            if (!name.startsWith("sessions_") && !name.startsWith("prepared_") && !name.startsWith("leftovers")) {
                observed.put(name, value);
            }
        });
        facts.put("observed", observed);
        return new Destruction.Gone(
                seen.kind(),
                "At the target '" + target + "' the broker ended the credential and looked: " + seen.statement() + " "
                        + vault.statement().replace(VaultDestruction.NOT_LOOKED, "").strip(),
                facts);
    }
}
