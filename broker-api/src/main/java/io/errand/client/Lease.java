package io.errand.client;

import io.errand.api.LeaseView;
import io.errand.api.RenewalRequest;
import io.errand.api.TokenResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A credential while it lives. Closing it gives it back before its task ends. */
public final class Lease implements AutoCloseable {

    private static final Duration SHORTEST_PAUSE = Duration.ofSeconds(1);

    private final Transport transport;
    private final Task task;
    private final TokenResponse.Credential credential;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final AtomicBoolean renewing = new AtomicBoolean();
    private volatile Instant expiresAt;

    Lease(Transport transport, Task task, TokenResponse.Credential credential) {
        this.transport = transport;
        this.task = task;
        this.credential = credential;
        this.expiresAt = credential.expiresAt();
    }

    public String id() {
        return credential.leaseId();
    }

    /** When the credential dies, by the broker's clock, unless it is renewed. */
    public Instant expiresAt() {
        return expiresAt;
    }

    /** All that was issued; its {@code data} holds secrets, its text does not. */
    public TokenResponse.Credential credential() {
        return credential;
    }

    /**
     * One member of the credential's data as text, for example {@code password}.
     *
     * @throws IllegalArgumentException if this kind of credential has no such member
     */
    public String value(String member) {
        Object value = credential.data().get(member);
        if (value == null) {
            throw new IllegalArgumentException("A credential of type " + credential.type() + " has no " + member
                    + "; it has " + credential.data().keySet() + ".");
        }
        return value.toString();
    }

    /** Moves the end as far as task, tool and policy allow. */
    public Instant renew() {
        return renew(null);
    }

    /**
     * Moves the end.
     *
     * @param ttl from now; more than is allowed is cut; null: as long as is allowed
     * @throws Refused if the lease or its task has ended, or its kind of credential cannot be extended
     */
    public Instant renew(@Nullable Duration ttl) {
        LeaseView view = transport
                .untilAnswered(() ->
                        transport.postJson("/v1/leases/" + id() + "/renew", task.token(), new RenewalRequest(ttl)))
                .expect(LeaseView.class, 200);
        expiresAt = view.expiresAt();
        return expiresAt;
    }

    /**
     * Has the lease renewed in good time, on a virtual thread, until it is closed, reaches its task's end or the broker says no.
     *
     * @return this lease
     */
    public Lease renewing() {
        if (renewing.compareAndSet(false, true)) {
            Thread.ofVirtual().name("errand-renewal-" + id()).start(this::keepRenewed);
        }
        return this;
    }

    private void keepRenewed() {
        try {
            while (expiresAt.isBefore(task.expiresAt()) && !closed.await(pause().toNanos(), TimeUnit.NANOSECONDS)) {
                if (!renewedOrWorthAnotherTry()) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean renewedOrWorthAnotherTry() {
        Instant before = expiresAt;
        try {
            return renew().isAfter(before);
        } catch (Refused e) {
            return e.refusal() instanceof Refusal.Unavailable;
        } catch (Unanswered e) {
            return task.time().now().isBefore(before);
        }
    }

    /** Two thirds of what is left. */
    private Duration pause() {
        Duration left = task.time().until(expiresAt).multipliedBy(2).dividedBy(3);
        return left.compareTo(SHORTEST_PAUSE) < 0 ? SHORTEST_PAUSE : left;
    }

    /** Gives the credential back; where the task has ended, it has gone with it. */
    @Override
    public void close() {
        if (closed.getCount() == 0) {
            return;
        }
        closed.countDown();
        if (task.hasEnded()) {
            return;
        }
        boolean interrupted = Thread.interrupted();
        try {
            Reply reply = transport.untilAnswered(() -> transport.delete("/v1/leases/" + id(), task.token()));
            if (!reply.isOver()) {
                throw reply.refused();
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public String toString() {
        return "Lease[" + id() + ", " + credential.tool() + ", " + Map.of("expires_at", expiresAt) + "]";
    }
}
