package io.errand.broker.credential.vault;

import io.errand.broker.credential.Backend;
import io.errand.broker.credential.Destruction;
import io.errand.broker.credential.Extension;
import io.errand.broker.credential.Issuing;
import io.errand.broker.credential.Logged;
import io.errand.broker.credential.Order;
import io.errand.broker.credential.TargetObservers;
import io.errand.broker.credential.Term;
import io.errand.broker.credential.ToolBinding;
import io.errand.broker.credential.Use;
import io.errand.broker.credential.vault.check.VaultCheck;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

/** HashiCorp Vault's leased secrets engines, by path. */
public final class VaultBackend implements Backend {

    private final VaultIssuing issuing;
    private final ObservedDestruction destruction;
    private final VaultExtension extension;
    private final VaultCheck check;
    private final VaultProbe probe;
    private final VaultUse use;
    private final Accessors accessors;
    private final TargetObservers observers;
    private final AuditHash hash;
    private final String broker;

    /** @param broker what tells this broker's tokens from those of another one at the same Vault */
    VaultBackend(
            VaultIssuing issuing,
            ObservedDestruction destruction,
            VaultExtension extension,
            VaultCheck check,
            VaultProbe probe,
            VaultUse use,
            Accessors accessors,
            TargetObservers observers,
            AuditHash hash,
            String broker) {
        this.issuing = issuing;
        this.destruction = destruction;
        this.extension = extension;
        this.check = check;
        this.probe = probe;
        this.use = use;
        this.accessors = accessors;
        this.observers = observers;
        this.hash = hash;
        this.broker = broker;
    }

    @Override
    public String name() {
        return "vault";
    }

    @Override
    public List<BindingProblem> check(ToolBinding toolBinding) {
        return check.problems(toolBinding);
    }

    @Override
    public List<BindingProblem> probe(ToolBinding toolBinding) {
        return probe.problems(toolBinding);
    }

    @Override
    public Issuing issue(Order order, Recorder recorder) {
        return issuing.issue(order, recorder);
    }

    @Override
    public Use use(ToolBinding toolBinding, Map<String, Object> data) {
        return use.of(toolBinding, data);
    }

    @Override
    public boolean forestalls(String target) {
        return destruction.forestalls(target);
    }

    @Override
    public void forestall(String target, Collection<UUID> leases) {
        destruction.forestall(target, leases);
    }

    @Override
    public Destruction destroy(Remains remains) {
        return destruction.destroy(remains, false);
    }

    @Override
    public Destruction insist(Remains remains) {
        return destruction.destroy(remains, true);
    }

    @Override
    public Extension extend(Remains remains, Term term) {
        return extension.extend(remains, term);
    }

    @Override
    public Logged logged(String reference, String log) {
        return hash.names(reference, log);
    }

    /**
     * A walk that failed is no list: half of one would make the other half look gone. What is observed is told target by target,
     * as its leases are kept; each is in Vault.
     */
    @Override
    public List<Listing> list() {
        return switch (accessors.walk()) {
            case Accessors.Walk.Failed failed -> List.of(new Listing.Unreachable("", failed.cause()));
            case Accessors.Walk.Seen seen -> {
                Set<String> targets = new TreeSet<>(observers.targets());
                targets.add("");
                yield targets.stream()
                        .map(target -> listing(seen.tokens(), target))
                        .toList();
            }
        };
    }

    private Listing listing(List<Accessors.Token> tokens, String target) {
        return new Listing.Seen(
                target,
                tokens.stream()
                        .filter(token ->
                                token.broker().equals(broker) && token.observe().equals(target))
                        .map(VaultBackend::live)
                        .toList());
    }

    private static Live live(Accessors.Token token) {
        Reference reference = token.reference();
        return new Live(
                token.lease(),
                token.observe(),
                reference.text(),
                "token for " + reference.path() + ", accessor sha256 " + reference.accessorDigest(),
                true);
    }
}
