package io.errand.broker.policy.registry;

import io.errand.api.PolicyActivation;
import io.errand.api.PolicyResource;
import io.errand.api.PolicyVersionView;
import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.policy.PoliciesChanged;
import io.errand.broker.policy.cedar.PolicyError;
import io.errand.broker.policy.cedar.PolicyText;
import io.errand.broker.policy.cedar.PolicyText.Reading;
import io.errand.broker.policy.cedar.UnknownNames;
import io.errand.broker.policy.pdp.DecisionPoints;
import io.errand.broker.policy.registry.PolicyVersions.Version;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.web.Resources;
import io.errand.broker.shared.web.SortOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionOperations;

/** Saves, shows and deletes policy sets. What does not pass the check is not saved, and what was in force stays. */
@Component
class PolicyRegistry implements Resources<PolicyResource> {

    private static final int MAX_BYTES = 1 << 20;
    private static final int MAX_REASON = 1000;
    private static final String ACTIVE = "active";
    private static final String DRAFT = "draft";

    private static final Problem REASON_TOO_LONG =
            Problem.invalidMember("reason", "reason has at most " + MAX_REASON + " characters.");
    private static final Problem UNKNOWN_POINT =
            Problem.invalidMember("pdp", "pdp is the name of a decision point under errand.policy.pdps, or absent.");

    private final PolicyVersions versions;
    private final PolicyText text;
    private final UnknownNames names;
    private final Audit audit;
    private final DecisionPoints points;
    private final ApplicationEventPublisher events;
    private final TransactionOperations transaction;

    PolicyRegistry(
            PolicyVersions versions,
            PolicyText text,
            UnknownNames names,
            Audit audit,
            DecisionPoints points,
            ApplicationEventPublisher events,
            TransactionOperations transaction) {
        this.versions = versions;
        this.text = text;
        this.names = names;
        this.audit = audit;
        this.points = points;
        this.events = events;
        this.transaction = transaction;
    }

    @Override
    public Optional<Versioned<PolicyResource>> find(String name) {
        return versions.shown(name).map(PolicyRegistry::versioned);
    }

    Optional<Versioned<PolicyResource>> find(String name, int version) {
        return versions.numbered(name, version).map(PolicyRegistry::versioned);
    }

    @Override
    public List<Versioned<PolicyResource>> list(@Nullable String after, int limit, SortOrder order) {
        return versions.shownAfter(after, limit, order).stream()
                .map(PolicyRegistry::versioned)
                .toList();
    }

    @Override
    public Result<Versioned<PolicyResource>> put(String name, PolicyResource resource, Change change) {
        Long expected = change.expected();
        String who = change.who();
        Optional<Problem> problem = problem(name, resource);
        if (problem.isPresent()) {
            return Result.refused(problem.get());
        }
        if (text.check(resource.cedar()) instanceof Reading.Flawed(PolicyError policyError)) {
            return Result.refused(policyError.problem());
        }
        return inTransaction(name, expected, () -> save(name, resource, who))
                .then(saved -> Result.ok(new Versioned<>(
                        name, saved.resource().warning(names.warnings(resource.cedar())), saved.version())));
    }

    @Override
    public Result<Boolean> delete(String name, @Nullable Long expected, boolean revoke, String who) {
        return inTransaction(name, expected, () -> {
            Optional<Version> shown = versions.shown(name);
            versions.delete(name);
            shown.ifPresent(last -> {
                audit.record(AuditEvent.of("policy.deleted")
                        .by(who)
                        .with("policy", name)
                        .with("version", last.version())
                        .with("status", last.status()));
                if (last.status().equals(ACTIVE)) {
                    changed(name, last.version(), "deleted", who);
                }
            });
            return Result.ok(shown.isPresent());
        });
    }

    /** Puts a version in force as it is: a draft, or one to go back to. What was in force is superseded. */
    Result<Versioned<PolicyResource>> activate(
            String name, PolicyActivation asked, @Nullable Long expected, String who) {
        Integer number = asked.version();
        if (number == null) {
            return Result.refused(
                    Problem.invalidMember("version", "version is the one to put in force; it is required."));
        }
        if (asked.reason() != null && asked.reason().length() > MAX_REASON) {
            return Result.refused(REASON_TOO_LONG);
        }
        Optional<Version> found = versions.numbered(name, number);
        if (found.isEmpty()) {
            return Result.refused(Problem.notFound("There is no such version of this policy."));
        }
        // The schema and the decision points may have changed since it was saved.
        if (text.check(found.get().cedar()) instanceof Reading.Flawed(PolicyError policyError)) {
            return Result.refused(policyError.problem());
        }
        if (!points.knows(found.get().pdp())) {
            return Result.refused(UNKNOWN_POINT);
        }
        return inTransaction(name, expected, () -> {
            if (versions.numbered(name, number).orElseThrow().status().equals(ACTIVE)) {
                return Result.refused(Problem.conflict("Version " + number + " is in force already."));
            }
            Optional<Integer> superseded = versions.supersede(name);
            Version now = versions.activate(name, number);
            audit.record(AuditEvent.of("policy.activated")
                    .by(who)
                    .with("policy", name)
                    .with("version", number)
                    .with("reason", asked.reason())
                    .with("status", ACTIVE)
                    .with("superseded", superseded.orElse(null)));
            changed(name, number, "activated", who);
            return Result.ok(versioned(now));
        });
    }

    /** The set's versions after that number, in that order; null: from the first in it. */
    List<PolicyVersionView> versions(String name, @Nullable Integer after, int limit, SortOrder order) {
        return versions.after(name, after, limit, order).stream()
                .map(Version::view)
                .toList();
    }

    private Result<Versioned<PolicyResource>> save(String name, PolicyResource resource, String who) {
        int version = versions.latest(name) + 1;
        String status = status(resource);
        Optional<Integer> superseded = status.equals(ACTIVE) ? versions.supersede(name) : Optional.empty();
        Version saved = versions.insert(resource, name, version, status, who);
        AuditEvent event = AuditEvent.of("policy.created")
                .by(who)
                .with("policy", name)
                .with("version", version)
                .with("reason", resource.reason());
        audit.record(event.with("status", status));
        if (status.equals(ACTIVE)) {
            audit.record(new AuditEvent("policy.activated", who, null, null, null, null, null, event.details())
                    .with("superseded", superseded.orElse(null)));
            changed(name, version, "activated", who);
        }
        return Result.ok(versioned(saved));
    }

    private void changed(String name, int version, String how, String who) {
        events.publishEvent(new PoliciesChanged(null, null, "policy " + name + "@" + version + " " + how, who));
    }

    /** One change of a set at a time; {@code expected} is compared when nobody else can change it any more. */
    private <T> Result<T> inTransaction(String name, @Nullable Long expected, Supplier<Result<T>> change) {
        return Objects.requireNonNull(transaction.<Result<T>>execute(status -> {
            versions.lock(name);
            return expected == null || isCurrent(name, expected)
                    ? change.get()
                    : Result.refused(Problem.stale(
                            "Policy '" + name + "' has changed since that version; GET it again and redo the change."));
        }));
    }

    /** A draft may be the newest version while an older one is shown, being in force: an editor may know either. */
    private boolean isCurrent(String name, long expected) {
        Optional<Version> shown = versions.shown(name);
        return shown.isPresent() && (shown.get().version() == expected || versions.latest(name) == expected);
    }

    private Optional<Problem> problem(String name, PolicyResource resource) {
        @Nullable String cedar = resource.cedar();
        if (cedar == null) {
            return Optional.of(Problem.invalidMember("cedar", "cedar holds the policies; it is required."));
        }
        if (cedar.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
            return Optional.of(Problem.invalidMember("cedar", "cedar has at most 1 MiB."));
        }
        if (!status(resource).equals(ACTIVE) && !status(resource).equals(DRAFT)) {
            return Optional.of(Problem.invalidMember("status", "status is draft or active."));
        }
        if (resource.kind() != null && !resource.kind().equals("Policy")) {
            return Optional.of(Problem.invalidMember("kind", "kind is Policy here."));
        }
        if (resource.name() != null && !resource.name().equals(name)) {
            return Optional.of(Problem.invalidMember("name", "name is not the name in the path."));
        }
        if (resource.reason() != null && resource.reason().length() > MAX_REASON) {
            return Optional.of(REASON_TOO_LONG);
        }
        if (!points.knows(resource.pdp())) {
            return Optional.of(UNKNOWN_POINT);
        }
        return Optional.empty();
    }

    private static String status(PolicyResource resource) {
        return Objects.requireNonNullElse(resource.status(), ACTIVE);
    }

    private static Versioned<PolicyResource> versioned(Version version) {
        return new Versioned<>(version.name(), version.resource(), version.version());
    }
}
