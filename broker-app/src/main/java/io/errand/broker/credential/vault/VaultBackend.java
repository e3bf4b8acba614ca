package io.errand.broker.credential.vault;

import io.errand.broker.credential.Backend;
import io.errand.broker.credential.Binding;
import io.errand.broker.credential.Destruction;
import io.errand.broker.credential.Extension;
import io.errand.broker.credential.Issuing;
import io.errand.broker.credential.Order;
import io.errand.broker.credential.Term;
import java.util.List;

/** HashiCorp Vault's leased secrets engines, by path. */
final class VaultBackend implements Backend {

    private final VaultIssuing issuing;
    private final VaultDestruction destruction;
    private final VaultExtension extension;
    private final VaultCheck check;
    private final VaultProbe probe;
    private final Accessors accessors;
    private final String broker;

    /** @param broker what tells this broker's tokens from those of another one at the same Vault */
    VaultBackend(
            VaultIssuing issuing,
            VaultDestruction destruction,
            VaultExtension extension,
            VaultCheck check,
            VaultProbe probe,
            Accessors accessors,
            String broker) {
        this.issuing = issuing;
        this.destruction = destruction;
        this.extension = extension;
        this.check = check;
        this.probe = probe;
        this.accessors = accessors;
        this.broker = broker;
    }

    @Override
    public String name() {
        return "vault";
    }

    @Override
    public List<BindingProblem> check(Binding binding) {
        return check.problems(binding);
    }

    @Override
    public List<BindingProblem> probe(Binding binding) {
        return probe.problems(binding);
    }

    @Override
    public Issuing issue(Order order, Recorder recorder) {
        return issuing.issue(order, recorder);
    }

    @Override
    public Destruction destroy(Remains remains) {
        return destruction.destroy(remains);
    }

    @Override
    public Extension extend(Remains remains, Term term) {
        return extension.extend(remains, term);
    }

    /** A walk that failed is no list: half of one would make the other half look gone. */
    @Override
    public List<Listing> list() {
        return List.of(
                switch (accessors.walk()) {
                    case Accessors.Walk.Failed failed -> new Listing.Unreachable("", failed.cause());
                    case Accessors.Walk.Seen seen ->
                        new Listing.Seen(
                                "",
                                seen.tokens().stream()
                                        .filter(token -> token.broker().equals(broker))
                                        .map(VaultBackend::live)
                                        .toList());
                });
    }

    private static Live live(Accessors.Token token) {
        Reference reference = token.reference();
        return new Live(
                token.lease(),
                "",
                reference.text(),
                "token for " + reference.path() + ", accessor sha256 " + reference.accessorDigest(),
                true);
    }
}
