package io.errand.broker.policy;

import io.errand.api.PolicyResource;
import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.policy.PolicyText.Reading;
import io.errand.broker.policy.PolicyVersions.Version;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.web.Resources;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionOperations;

/** Saves, shows and deletes policy sets. What does not pass the check is not saved, and what was in force stays. */
@Component
class PolicyRegistry implements Resources<PolicyResource> {

    private static final int MAX_BYTES = 1 << 20;
    private static final int MAX_REASON = 1000;
    private static final String ACTIVE = "active";
    private static final String DRAFT = "draft";

    private final PolicyVersions versions;
    private final PolicyText text;
    private final Audit audit;
    private final TransactionOperations transaction;

    PolicyRegistry(PolicyVersions versions, PolicyText text, Audit audit, TransactionOperations transaction) {
        this.versions = versions;
        this.text = text;
        this.audit = audit;
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
    public List<Versioned<PolicyResource>> list(String after, int limit) {
        return versions.shownAfter(after, limit).stream()
                .map(PolicyRegistry::versioned)
                .toList();
    }

    @Override
    public Result<Versioned<PolicyResource>> put(
            String name, PolicyResource resource, @Nullable Long expected, String who) {
        Optional<Problem> problem = problem(name, resource);
        if (problem.isPresent()) {
            return Result.refused(problem.get());
        }
        if (text.check(resource.cedar()) instanceof Reading.Flawed(Flaw flaw)) {
            return Result.refused(flaw.problem());
        }
        return inTransaction(name, expected, () -> save(name, resource, who));
    }

    @Override
    public Result<Boolean> delete(String name, @Nullable Long expected, boolean revoke, String who) {
        return inTransaction(name, expected, () -> {
            Optional<Version> shown = versions.shown(name);
            versions.delete(name);
            shown.ifPresent(last -> audit.record(AuditEvent.of("policy.deleted")
                    .by(who)
                    .with("policy", name)
                    .with("version", last.version())
                    .with("status", last.status())));
            return shown.isPresent();
        });
    }

    private Versioned<PolicyResource> save(String name, PolicyResource resource, String who) {
        int version = versions.latest(name) + 1;
        String status = status(resource);
        Optional<Integer> superseded = status.equals(ACTIVE) ? versions.supersede(name) : Optional.empty();
        Version saved = versions.insert(name, version, status, resource.cedar(), who, resource.reason());
        AuditEvent event = AuditEvent.of("policy.created")
                .by(who)
                .with("policy", name)
                .with("version", version)
                .with("reason", resource.reason());
        audit.record(event.with("status", status));
        if (status.equals(ACTIVE)) {
            audit.record(new AuditEvent("policy.activated", who, null, null, null, null, null, event.details())
                    .with("superseded", superseded.orElse(null)));
        }
        return versioned(saved);
    }

    /** One change of a set at a time; {@code expected} is compared when nobody else can change it any more. */
    private <T> Result<T> inTransaction(String name, @Nullable Long expected, Supplier<T> change) {
        return Objects.requireNonNull(transaction.<Result<T>>execute(status -> {
            versions.lock(name);
            return expected == null || isCurrent(name, expected)
                    ? Result.ok(change.get())
                    : Result.refused(Problem.stale(
                            "Policy '" + name + "' has changed since that version; GET it again and redo the change."));
        }));
    }

    /** A draft may be the newest version while an older one is shown, being in force: an editor may know either. */
    private boolean isCurrent(String name, long expected) {
        Optional<Version> shown = versions.shown(name);
        return shown.isPresent() && (shown.get().version() == expected || versions.latest(name) == expected);
    }

    private static Optional<Problem> problem(String name, PolicyResource resource) {
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
            return Optional.of(Problem.invalidMember("reason", "reason has at most " + MAX_REASON + " characters."));
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
