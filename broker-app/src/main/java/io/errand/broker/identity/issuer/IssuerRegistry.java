package io.errand.broker.identity.issuer;

import io.errand.api.IssuerResource;
import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.database.RegistryTransactions;
import io.errand.broker.identity.LiveTasksOfIssuer;
import io.errand.broker.shared.ErrandProperties;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.outbound.Outbound;
import io.errand.broker.shared.web.Registry;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.context.annotation.Lazy;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Who is trusted to say who somebody is. What goes on by an issuer's identities does not outlive them: it is ended with them, or
 * keeps them.
 */
@Component
class IssuerRegistry extends Registry<IssuerResource, RegisteredIssuer> {

    private static final String STALE = "The issuer has changed since; GET it again and repeat with its ETag.";

    private final IssuerRows rows;
    private final Audit audit;
    private final ErrandProperties errand;
    private final Outbound outbound;
    private final KubernetesClusters clusters;
    private final TransactionTemplate transaction;
    /** Asked for when it is needed: the room that answers stands above this one. */
    private final ObjectProvider<LiveTasksOfIssuer> live;

    IssuerRegistry(
            @Lazy IssuerRows rows,
            Audit audit,
            ErrandProperties errand,
            Outbound outbound,
            KubernetesClusters clusters,
            @Lazy @Qualifier(RegistryTransactions.NAME) PlatformTransactionManager transactions,
            ObjectProvider<LiveTasksOfIssuer> live) {
        super(rows);
        this.clusters = clusters;
        this.outbound = outbound;
        this.rows = rows;
        this.audit = audit;
        this.errand = errand;
        this.transaction = new TransactionTemplate(transactions);
        this.live = live;
    }

    @Override
    public Result<Versioned<IssuerResource>> put(String name, IssuerResource resource, Change change) {
        return ValidIssuer.of(name, resource, errand, outbound)
                .then(this::ofKnownCluster)
                .then(valid -> {
                    try {
                        return transaction.execute(status -> save(name, valid, change));
                    } catch (DataIntegrityViolationException e) {
                        // The unique columns are name and issuer (a trust domain's too): somebody else was first with
                        // one of
                        // them.
                        return Result.refused(
                                Problem.conflict(
                                        "Another issuer has this value of issuer or trust_domain, or this name was just taken; look at the list."));
                    }
                });
    }

    /** Clusters are the operator's configuration; a name that has none would only show when the first token comes. */
    private Result<ValidIssuer> ofKnownCluster(ValidIssuer valid) {
        IssuerResource.Jwks jwks = valid.resource().jwks();
        return jwks == null || jwks.kubernetes() == null
                ? Result.ok(valid)
                : clusters.problem(jwks.kubernetes())
                        .<Result<ValidIssuer>>map(
                                sentence -> Result.refused(Problem.invalidMember("jwks.kubernetes", sentence)))
                        .orElseGet(() -> Result.ok(valid));
    }

    private Result<Versioned<IssuerResource>> save(String name, ValidIssuer valid, Change change) {
        Long expected = change.expected();
        Optional<RegisteredIssuer> found = rows.lockByName(name);
        if (isStale(found, expected)) {
            return Result.refused(Problem.stale(STALE));
        }
        Optional<Problem> conflict = found.filter(row -> !valid.isSameWho(row.spec()))
                .flatMap(row -> depends(name, change.revoke(), "issuer_replaced", change.who()));
        if (conflict.isPresent()) {
            return Result.refused(conflict.get());
        }
        found.ifPresent(row -> row.replace(valid));
        RegisteredIssuer saved =
                rows.saveAndFlush(found.orElseGet(() -> new RegisteredIssuer(Ids.next(), name, valid)));
        audit.record(event(found.isPresent() ? "issuer.replaced" : "issuer.created", saved, change.who())
                .with("purpose", valid.resource().purpose())
                .with("audiences", valid.resource().audiences()));
        return Result.ok(versioned(saved));
    }

    @Override
    public Result<Boolean> delete(String name, @Nullable Long expected, boolean revoke, String who) {
        return transaction.execute(status -> {
            Optional<RegisteredIssuer> found = rows.lockByName(name);
            if (found.isEmpty()) {
                return Result.refused(Problem.notFound("There is no '" + name + "'."));
            }
            if (isStale(found, expected)) {
                return Result.refused(Problem.stale(STALE));
            }
            Optional<Problem> conflict = depends(name, revoke, "issuer_deleted", who);
            if (conflict.isPresent()) {
                return Result.refused(conflict.get());
            }
            rows.delete(found.get());
            audit.record(event("issuer.deleted", found.get(), who).with("revoke", revoke));
            return Result.ok(true);
        });
    }

    /** Why its identities may not go, if something goes on by them that is not to be ended. */
    private Optional<Problem> depends(String name, boolean revoke, String reason, String who) {
        LiveTasksOfIssuer going = live.getObject();
        if (!going.any(name)) {
            return Optional.empty();
        }
        if (!revoke) {
            return Optional.of(Problem.conflict("Tasks go on by identities of the issuer '" + name
                    + "'; end them first, or repeat with ?revoke=true to do it now."));
        }
        going.end(name, reason, who);
        return Optional.empty();
    }

    private static AuditEvent event(String kind, RegisteredIssuer row, String who) {
        return AuditEvent.of(kind)
                .by(who)
                .with("name", row.name())
                .with("version", row.version())
                .with("issuer", ValidIssuer.iss(row.spec()));
    }
}
