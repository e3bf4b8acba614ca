package io.errand.broker.credential.vault.check;

import io.errand.broker.credential.Backend.BindingProblem;
import io.errand.broker.credential.TargetObservers;
import io.errand.broker.credential.ToolBinding;
import io.errand.broker.credential.vault.client.Reply;
import io.errand.broker.credential.vault.client.Reply.Said;
import io.errand.broker.credential.vault.client.VaultBinding;
import io.errand.broker.credential.vault.client.VaultLogin;
import io.github.jopenlibs.vault.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What is wrong with a tool's binding at Vault, and with what a tool's path and token role are at Vault. */
public final class VaultCheck {

    private final VaultLogin login;
    private final BrokerGrants grants;
    private final EngineCheck engines;
    private final TargetObservers observers;

    public VaultCheck(VaultLogin login, BrokerGrants grants, TargetObservers observers) {
        this.login = login;
        this.grants = grants;
        this.engines = new EngineCheck(login);
        this.observers = observers;
    }

    /** What keeps a tool from being registered: only what would break a promise. */
    public List<BindingProblem> problems(ToolBinding toolBinding) {
        VaultBinding.Read read = VaultBinding.of(toolBinding);
        if (!read.problems().isEmpty()) {
            return read.problems();
        }
        List<BindingProblem> unobserved = unobserved(read.toolBinding().observe());
        if (!unobserved.isEmpty()) {
            return unobserved;
        }
        Reply mounts = login.read("sys/mounts");
        if (!mounts.answered()) {
            return List.of(new BindingProblem(
                    "", "The binding cannot be looked at, so nothing was changed: " + mounts.describe(), true));
        }
        List<BindingProblem> problems = new ArrayList<>();
        errors(tokenRole(read.toolBinding().tokenRole()), "token_role", problems);
        read.toolBinding().paths().forEach((action, path) -> {
            errors(engines.findings(mounts, path), "path." + action, problems);
            engines.parameterProblem(mounts, path, read.toolBinding().parameters())
                    .ifPresent(problems::add);
        });
        return problems;
    }

    /** What keeps the broker from ending at a target what Vault makes there. */
    private List<BindingProblem> unobserved(String target) {
        if (target.isEmpty()) {
            return List.of();
        }
        return observers
                .of(target)
                .map(observer -> observer.check(target))
                .orElseGet(() -> List.of(new BindingProblem(
                        ToolBinding.OBSERVE, "The service has no target '" + target + "' (errand.targets).")));
    }

    /**
     * Everything that is to be said about a token role and the paths that it is used for.
     *
     * @param observe the target at which the broker itself ends what is made at these paths; empty: nowhere
     */
    public List<Finding> report(String tokenRole, Set<String> paths, String observe) {
        List<Finding> findings = new ArrayList<>(grants.findings(tokenRole, paths));
        findings.addAll(tokenRole(tokenRole));
        Reply mounts = login.read("sys/mounts");
        for (String path : new LinkedHashSet<>(paths)) {
            findings.addAll(engines.findings(mounts, path));
            if (observe.isEmpty() && engines.observable(mounts, path)) {
                findings.add(Finding.warning(
                        path,
                        "is observed nowhere: Vault's word is all there is, and receipts say that nobody looked for"
                                + " open sessions; name a target as observe"));
            }
        }
        unobserved(observe).forEach(problem -> findings.add(Finding.error("observe " + observe, problem.detail())));
        return findings;
    }

    private static void errors(List<Finding> findings, String member, List<BindingProblem> problems) {
        for (Finding finding : findings) {
            if (finding.severity() == Finding.Severity.ERROR) {
                problems.add(new BindingProblem(member, finding.subject() + " " + finding.detail()));
            }
        }
    }

    private List<Finding> tokenRole(String name) {
        String subject = "auth/token/roles/" + name;
        Reply reply = login.read(subject);
        if (!(reply instanceof Said said && said.done())) {
            return List.of(Finding.error(
                    subject,
                    reply instanceof Said missing && missing.status() == 404
                            ? "does not exist"
                            : "could not be looked at: " + reply.describe()));
        }
        JsonObject role = said.data();
        List<Finding> findings = new ArrayList<>();
        List<String> policies = Reply.texts(role.get("allowed_policies"));
        if (!role.getBoolean("orphan", false)) {
            findings.add(Finding.error(subject, "must have orphan=true: a lease must outlive the broker's own token"));
        }
        if (policies.isEmpty()) {
            findings.add(Finding.error(
                    subject, "must have allowed_policies: without, a lease's token is given the broker's own"));
        }
        if (policies.contains("root")
                || !Reply.texts(role.get("allowed_policies_glob")).isEmpty()) {
            findings.add(Finding.error(
                    subject, "allows the policy root, or policies by pattern: name those that leases need"));
        }
        if (role.getLong("token_period", 0) > 0 || role.getLong("period", 0) > 0) {
            findings.add(Finding.error(subject, "must have no period: a lease has an end"));
        }
        if (role.getString("token_type", "").endsWith("batch")) {
            findings.add(Finding.error(
                    subject, "must have token_type=service: batch tokens have no accessor and cannot be revoked"));
        }
        if (!role.getBoolean("renewable", true)) {
            findings.add(Finding.warning(
                    subject, "has renewable=false: a lease cannot be renewed within its task, so renewals answer 409"));
        }
        return findings;
    }
}
