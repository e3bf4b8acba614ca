package io.errand.broker.credential.vault.client;

import io.errand.broker.credential.vault.client.Reply.Said;
import io.errand.broker.shared.Secret;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The broker's own login. Its token is renewed at two thirds of its life; when that fails for good, or Vault knows the token no
 * more, the broker logs in again. Nothing depends on which token it is: the tokens of leases are orphans.
 */
public final class VaultLogin implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(VaultLogin.class);

    /** Between looks at a token that needs no renewal yet: it may have been revoked. */
    private static final Duration LOOK = Duration.ofSeconds(30);

    /** Between logins: a permission that is missing looks like a token that is dead, and must not make a login a call. */
    private static final Duration PAUSE = Duration.ofSeconds(10);

    private static final Duration AFTER_FAILURE = Duration.ofSeconds(1);

    /** @param ttl zero: it does not expire */
    private record Session(Secret token, Duration ttl, boolean renewable, long since) {}

    private final VaultCalls calls;
    private final VaultProperties.Auth auth;
    private final LongSupplier nanos;
    private final ReentrantLock one = new ReentrantLock();
    private final CountDownLatch closed = new CountDownLatch(1);

    private volatile @Nullable Session session;
    private volatile String trouble = "not yet logged in";
    private long notBefore;

    public VaultLogin(VaultCalls calls, VaultProperties.Auth auth, LongSupplier nanos) {
        this.calls = calls;
        this.auth = auth;
        this.nanos = nanos;
        this.notBefore = nanos.getAsLong();
    }

    public void start() {
        Thread.ofVirtual().name("vault-login").start(this::tendUntilClosed);
    }

    @Override
    public void close() {
        closed.countDown();
    }

    /** Why there is no login; empty: there is one. */
    public Optional<String> trouble() {
        return session == null ? Optional.of(trouble) : Optional.empty();
    }

    public Reply read(String path) {
        return call(token -> calls.read(token, path));
    }

    public Reply list(String path) {
        return call(token -> calls.list(token, path));
    }

    public Reply write(String path, Map<String, Object> body) {
        return call(token -> calls.write(token, path, body));
    }

    /** A 403 did nothing, so the call may be repeated once, whatever it was. */
    private Reply call(Function<Secret, Reply> call) {
        Session now = session;
        if (now == null) {
            now = login(null, false);
        }
        if (now == null) {
            return new Reply.Silent("The broker is not logged in to Vault: " + trouble);
        }
        Reply reply = call.apply(now.token());
        if (reply instanceof Said said && said.status() == 403) {
            Session again = login(now, said.refused(403, "invalid token"));
            return again == null ? reply : call.apply(again.token());
        }
        return reply;
    }

    private void tendUntilClosed() {
        try {
            Duration next;
            do {
                next = AFTER_FAILURE;
                try {
                    next = tend();
                } catch (RuntimeException e) {
                    LOG.warn("Tending the login to Vault failed", e);
                }
            } while (!closed.await(next.toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Does what is due, and says when to look again. */
    public Duration tend() {
        Session now = session;
        if (now == null) {
            now = login(null, false);
        } else if (due(now)) {
            renew(now);
        } else if (calls.read(now.token(), "auth/token/lookup-self") instanceof Said said && said.status() == 403) {
            login(now, true);
        }
        Session then = session;
        if (then == null) {
            return AFTER_FAILURE;
        }
        Duration left = then.ttl().isZero()
                ? LOOK
                : then.ttl().multipliedBy(2).dividedBy(3).minus(age(then));
        return left.compareTo(LOOK) > 0 ? LOOK : left.isNegative() ? AFTER_FAILURE : left.plusMillis(10);
    }

    private boolean due(Session session) {
        return !session.ttl().isZero()
                && age(session).compareTo(session.ttl().multipliedBy(2).dividedBy(3)) >= 0;
    }

    private void renew(Session now) {
        if (!now.renewable()) {
            login(now, age(now).compareTo(now.ttl()) >= 0);
            return;
        }
        Reply reply = calls.write(now.token(), "auth/token/renew-self", Map.of());
        Duration granted = reply instanceof Said said && said.done()
                ? Duration.ofSeconds(said.object("auth").getLong("lease_duration", 0))
                : Duration.ZERO;
        // Near its maximum a token is renewed for less and less: time for another one.
        if (granted.compareTo(now.ttl().dividedBy(3)) > 0) {
            session = new Session(now.token(), granted, true, nanos.getAsLong());
        } else {
            LOG.info("Vault did not renew the broker's token ({}); logging in again", reply.describe());
            login(now, age(now).compareTo(now.ttl()) >= 0);
        }
    }

    /**
     * Logs in unless somebody else just did.
     *
     * @param stale the session that did not serve
     * @param dead whether it is known to be of no more use
     * @return a session to try, or null
     */
    private @Nullable Session login(@Nullable Session stale, boolean dead) {
        one.lock();
        try {
            Session now = session;
            if (now != null && (stale == null || !now.token().equals(stale.token()))) {
                return now;
            }
            if (dead) {
                session = null;
            }
            if (!dead && nanos.getAsLong() - notBefore < 0) {
                return null;
            }
            Session made = authenticate();
            notBefore = nanos.getAsLong() + (made == null ? AFTER_FAILURE : PAUSE).toNanos();
            if (made != null) {
                session = made;
            } else {
                LOG.warn("Login to Vault failed: {}", trouble);
            }
            return made;
        } finally {
            one.unlock();
        }
    }

    private @Nullable Session authenticate() {
        try {
            return switch (auth.method()) {
                case TOKEN -> withToken(auth.readToken());
                case APPROLE ->
                    loggedIn(Map.of(
                            "role_id",
                            Objects.requireNonNull(auth.roleId()),
                            "secret_id",
                            auth.readSecretId().reveal()));
                case JWT, KUBERNETES ->
                    loggedIn(Map.of(
                            "role",
                            Objects.requireNonNull(auth.role()),
                            "jwt",
                            auth.readJwt().reveal()));
            };
        } catch (UncheckedIOException e) {
            trouble = "errand.vault.auth: " + e.getMessage();
            return null;
        }
    }

    private @Nullable Session withToken(Secret token) {
        Reply reply = calls.read(token, "auth/token/lookup-self");
        if (reply instanceof Said said && said.done()) {
            return new Session(
                    token,
                    Duration.ofSeconds(said.data().getLong("ttl", 0)),
                    said.data().getBoolean("renewable", false),
                    nanos.getAsLong());
        }
        trouble = "token: " + reply.describe();
        return null;
    }

    private @Nullable Session loggedIn(Map<String, Object> body) {
        Reply reply = calls.write(null, "auth/" + auth.mountOrDefault() + "/login", body);
        if (reply instanceof Said said && said.done()) {
            String token = said.object("auth").getString("client_token", "");
            if (!token.isEmpty()) {
                return new Session(
                        new Secret(token),
                        Duration.ofSeconds(said.object("auth").getLong("lease_duration", 0)),
                        said.object("auth").getBoolean("renewable", false),
                        nanos.getAsLong());
            }
        }
        trouble = auth.method().name().toLowerCase(Locale.ROOT) + ": " + reply.describe();
        return null;
    }

    private Duration age(Session session) {
        return Duration.ofNanos(nanos.getAsLong() - session.since());
    }
}
