package io.errand.broker.credential.vault;

import io.errand.broker.credential.Backend;
import io.errand.broker.credential.Binding;
import io.errand.broker.credential.Destruction;
import io.errand.broker.credential.Issuing;
import io.errand.broker.credential.Order;
import java.util.List;

/** HashiCorp Vault's leased secrets engines, by path. */
final class VaultBackend implements Backend {

    private final VaultIssuing issuing;
    private final VaultDestruction destruction;
    private final VaultCheck check;
    private final Accessors accessors;
    private final String broker;

    /** @param broker what tells this broker's tokens from those of another one at the same Vault */
    VaultBackend(
            VaultIssuing issuing, VaultDestruction destruction, VaultCheck check, Accessors accessors, String broker) {
        this.issuing = issuing;
        this.destruction = destruction;
        this.check = check;
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
    public Issuing issue(Order order, Recorder recorder) {
        return issuing.issue(order, recorder);
    }

    @Override
    public Destruction destroy(Remains remains) {
        return destruction.destroy(remains);
    }

    /** A walk that failed is a fault: half a list would make the other half look gone. */
    @Override
    public List<Live> list() {
        return switch (accessors.walk()) {
            case Accessors.Walk.Failed failed -> throw new IllegalStateException(failed.cause());
            case Accessors.Walk.Seen seen ->
                seen.tokens().stream()
                        .filter(token -> token.broker().equals(broker))
                        .map(token -> new Live(
                                token.lease(),
                                token.reference().path(),
                                token.reference().text()))
                        .toList();
        };
    }
}
