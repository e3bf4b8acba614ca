package io.errand.broker.observation;

import io.errand.api.LeaseView;
import io.errand.api.ObservedView;
import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.credential.Logged;
import io.errand.broker.lease.Leases;
import io.errand.broker.lease.LoggedLeases;
import io.errand.broker.observation.ObservationProperties.Kind;
import io.errand.broker.observation.ObservationProperties.Source;
import io.errand.broker.observation.SourceReader.Read;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.outbound.Outbound;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Reads sources each second, and joins what was seen to leases by the login's name. What was seen and how far was read are one
 * transaction, and one replica at a time reads a source: so each record counts once.
 */
@Component
class Observations {

    private static final Logger LOG = LoggerFactory.getLogger(Observations.class);

    static final String KIND = "observation.unleased";

    private static final int PRUNED_AT_ONCE = 10_000;

    private final ObservationProperties settings;
    private final ObservationTables tables;
    private final Leases leases;
    private final LoggedLeases logged;
    private final Outbound outbound;
    private final Audit audit;
    private final TransactionTemplate transaction;
    private final Clock clock;
    private final Map<String, String> failing = new TreeMap<>();

    Observations(
            ObservationProperties settings,
            ObservationTables tables,
            Leases leases,
            LoggedLeases logged,
            Outbound outbound,
            Audit audit,
            TransactionTemplate transaction,
            Clock clock) {
        this.settings = settings;
        this.tables = tables;
        this.leases = leases;
        this.logged = logged;
        this.outbound = outbound;
        this.audit = audit;
        this.transaction = transaction;
        this.clock = clock;
        settings.sources()
                .forEach((name, source) ->
                        source.urls().forEach(url -> outbound.check(ObservationProperties.KEY + name + ".urls", url)));
    }

    @Scheduled(fixedDelayString = "PT1S")
    synchronized void read() {
        settings.sources().forEach((name, source) -> {
            try {
                SourceReader reader = new SourceReader(name, source, tables, outbound);
                while (next(name, source, reader)) {
                    // there is more
                }
                tell(name);
                reader.failure().ifPresent(e -> {
                    throw new UncheckedIOException(e);
                });
                failing.remove(name);
            } catch (RuntimeException e) {
                if (!e.toString().equals(failing.put(name, e.toString()))) {
                    LOG.warn("Source {} cannot be read: {}", name, e.toString());
                }
            }
        });
    }

    /** Why a source cannot be read, at this replica; empty: it can. */
    synchronized Optional<String> failure(String source) {
        return Optional.ofNullable(failing.get(source));
    }

    /**
     * What is read, and the target asked, outside of the transaction, which finds out whether somebody else has read on meanwhile.
     *
     * @return whether there is more
     */
    private boolean next(String name, Source source, SourceReader reader) {
        Read read;
        try {
            read = reader.next();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Map<Observed, Times> counted = counted(source, read.observed());
        Map<UUID, Optional<LeaseView>> looked = new HashMap<>();
        Map<UUID, Logged> holders = new HashMap<>();
        if (source.kind() == Kind.VAULT_AUDIT) {
            for (Observed seen : counted.keySet()) {
                UUID named = Attribution.named(seen.login());
                if (named != null && looked.computeIfAbsent(named, leases::find).isPresent()) {
                    holders.computeIfAbsent(named, lease -> holder(lease, source));
                }
            }
        }
        return Boolean.TRUE.equals(transaction.execute(status -> {
            if (!tables.tryLock(name) || !tables.keep(name, read.progress())) {
                return false;
            }
            counted.forEach((seen, times) -> {
                UUID named = Attribution.named(seen.login());
                LeaseView lease = named == null
                        ? null
                        : looked.computeIfAbsent(named, leases::find).orElse(null);
                seen(
                        name,
                        source,
                        seen,
                        times,
                        Attribution.of(
                                named != null, lease, holders.get(named), seen.session(), times.first(), times.last()));
            });
            if (read.skipped() > 0) {
                LOG.warn("Source {} has {} records that are too long: they were not looked at", name, read.skipped());
            }
            return read.more();
        }));
    }

    private Logged holder(UUID lease, Source source) {
        Logged holder = logged.names(lease, source.auditDevice());
        if (holder instanceof Logged.Unknown(String cause)) {
            throw new IllegalStateException(cause); // nothing is kept, so it is read again
        }
        return holder;
    }

    /**
     * How often and when.
     *
     * @param first the earliest time
     * @param last the latest
     */
    private record Times(Instant first, Instant last, long count) {

        Times plus(Times more) {
            return new Times(
                    first.isBefore(more.first) ? first : more.first,
                    last.isAfter(more.last) ? last : more.last,
                    count + more.count);
        }
    }

    /** What is the same but for its time is counted before the database is asked. */
    private Map<Observed, Times> counted(Source source, List<Observed> observed) {
        Map<Observed, Times> counted = new LinkedHashMap<>();
        for (Observed seen : observed) {
            if (!source.knownLogins().contains(seen.login())) {
                Instant at = seen.at() == null ? clock.instant() : seen.at();
                counted.merge(seen.at(null), new Times(at, at, 1), Times::plus);
            }
        }
        return counted;
    }

    private void seen(String name, Source source, Observed seen, Times times, Attribution whose) {
        String target = Objects.requireNonNull(source.target());
        if (seen.isRejected()) {
            tables.takeBackLogin(name, seen.session());
        }
        LeaseView lease = whose.lease();
        UUID id = lease == null ? null : UUID.fromString(lease.id());
        boolean isWithout = whose.cause() != null && seen.isAccess();
        if (lease == null && (!isWithout || !source.watches(seen))) {
            return; // somebody who was turned away, or is none of ours
        }
        tables.count(
                name,
                target,
                seen,
                new ObservationTables.Seen(
                        times.first(), times.last(), times.count(), id, isWithout ? whose.cause() : null));
        if (id != null) {
            tables.changed(id);
        }
        if (isWithout && !seen.isLogin()) {
            tell(
                    lease,
                    new ObservedView(
                            name,
                            target,
                            seen.login(),
                            lease == null ? null : lease.id(),
                            seen.session(),
                            seen.what(),
                            seen.command(),
                            seen.object(),
                            seen.database(),
                            seen.address(),
                            times.first(),
                            times.last(),
                            times.count(),
                            whose.cause()));
        }
    }

    /** Logins without a lease that their target has let in. */
    private void tell(String name) {
        transaction.executeWithoutResult(status -> {
            if (tables.tryLock(name)) {
                tables.told(name)
                        .forEach(seen -> tell(
                                Optional.ofNullable(seen.lease())
                                        .flatMap(id -> leases.find(UUID.fromString(id)))
                                        .orElse(null),
                                seen));
            }
        });
    }

    private void tell(@Nullable LeaseView lease, ObservedView seen) {
        if (tables.isNews(seen.source(), seen.login(), Objects.requireNonNull(seen.cause()))) {
            audit.record(AuditEvent.of(KIND)
                    .by(AuditEvent.BROKER)
                    .agent(lease == null ? null : lease.agent())
                    .task(lease == null ? null : Ids.parse(lease.task()).orElse(null))
                    .lease(lease == null ? null : UUID.fromString(lease.id()))
                    .with("source", seen.source())
                    .with("target", seen.target())
                    .with("login", seen.login())
                    .with("session", seen.session())
                    .with("database", seen.database())
                    .with("address", seen.address())
                    .with("what", seen.what())
                    .with("observed_at", seen.firstAt().toString())
                    .with("reason", seen.cause()));
        }
    }

    /** What is older than {@code errand.observation.keep}. */
    @Scheduled(initialDelayString = "PT10M", fixedDelayString = "PT1H")
    void prune() {
        while (tables.prune(settings.keep(), PRUNED_AT_ONCE) == PRUNED_AT_ONCE) {
            // there is more
        }
        tables.pruneAlarms();
    }
}
