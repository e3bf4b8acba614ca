package io.errand.broker.credential.vault;

import io.errand.broker.credential.Backend.BindingProblem;
import io.errand.broker.credential.Binding;
import io.errand.broker.credential.vault.Reply.Said;
import io.github.jopenlibs.vault.json.JsonObject;
import io.github.jopenlibs.vault.json.JsonValue;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What is wrong with a tool's binding at Vault, and with what a tool's path and token role are at Vault. */
final class VaultCheck {

    private static final Set<String> UNLEASED =
            Set.of("kv", "generic", "cubbyhole", "transit", "totp", "transform", "identity", "system", "keymgmt");

    private final VaultLogin login;
    private final BrokerGrants grants;

    VaultCheck(VaultLogin login, BrokerGrants grants) {
        this.login = login;
        this.grants = grants;
    }

    /** What keeps a tool from being registered: only what would break a promise. */
    List<BindingProblem> problems(Binding binding) {
        VaultBinding.Read read = VaultBinding.of(binding);
        if (!read.problems().isEmpty()) {
            return read.problems();
        }
        List<BindingProblem> problems = new ArrayList<>();
        errors(tokenRole(read.binding().tokenRole()), "token_role", problems);
        Reply mounts = login.read("sys/mounts");
        read.binding()
                .paths()
                .forEach((action, path) ->
                        errors(engine(mounts, path, read.binding().parameters()), "path." + action, problems));
        return problems;
    }

    /** Everything that is to be said about a token role and the paths that it is used for. */
    List<Finding> report(String tokenRole, Set<String> paths) {
        List<Finding> findings = new ArrayList<>(grants.findings(tokenRole, paths));
        findings.addAll(tokenRole(tokenRole));
        Reply mounts = login.read("sys/mounts");
        for (String path : new LinkedHashSet<>(paths)) {
            List<Finding> ofEngine = engine(mounts, path, Map.of());
            findings.addAll(ofEngine);
            if (ofEngine.isEmpty() && "database".equals(type(mounts, path))) {
                findings.addAll(databaseRole(path));
            }
        }
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

    private List<Finding> engine(Reply mounts, String path, Map<String, String> parameters) {
        String mount = path.substring(0, path.indexOf('/'));
        if (!(mounts instanceof Said said && said.done())) {
            return List.of(Finding.error("sys/mounts", "could not be looked at: " + mounts.describe()));
        }
        String type = type(mounts, path);
        if (type == null) {
            return List.of(Finding.error(path, "is in no secrets engine: nothing is mounted at " + mount + "/"));
        }
        if (UNLEASED.contains(type)) {
            return List.of(
                    Finding.error(
                            path,
                            "is in an engine of type " + type
                                    + ", which gives no leases: what it gives cannot be revoked, so no tool can be bound to it"));
        }
        return type.equals("pki") ? pkiRole(path) : List.of();
    }

    /** Mounts may have slashes; the longest one that fits is the path's. */
    private static @Nullable String type(Reply mounts, String path) {
        String type = null;
        int longest = 0;
        if (mounts instanceof Said said) {
            for (JsonObject.Member mount : said.data()) {
                if (path.startsWith(mount.getName()) && mount.getName().length() > longest) {
                    longest = mount.getName().length();
                    JsonValue value = mount.getValue();
                    type = value.isObject() ? value.asObject().getString("type", "") : "";
                }
            }
        }
        return type;
    }

    private List<Finding> pkiRole(String path) {
        int verb = Math.max(path.lastIndexOf("/issue/"), path.lastIndexOf("/sign/"));
        if (verb < 0) {
            return List.of(Finding.error(path, "is not pki/issue/<role> or pki/sign/<role>"));
        }
        String subject = path.substring(0, verb) + "/roles/" + path.substring(path.lastIndexOf('/') + 1);
        Reply reply = login.read(subject);
        if (!(reply instanceof Said said && said.done())) {
            return List.of(Finding.error(subject, "could not be looked at: " + reply.describe()));
        }
        return said.data().getBoolean("generate_lease", false)
                ? List.of()
                : List.of(Finding.error(
                        subject, "must have generate_lease=true: without a lease a certificate is never revoked"));
    }

    private List<Finding> databaseRole(String path) {
        if (!path.contains("/creds/")) {
            return List.of();
        }
        String subject = path.replaceFirst("/creds/", "/roles/");
        Reply reply = login.read(subject);
        if (!(reply instanceof Said said && said.done())) {
            return List.of(Finding.warning(subject, "could not be looked at: " + reply.describe()));
        }
        List<Finding> findings = new ArrayList<>();
        String revocation = String.join(" ", Reply.texts(said.data().get("revocation_statements")));
        if (revocation.isBlank()) {
            findings.add(Finding.warning(
                    subject, "has no revocation_statements: Vault's own leave open sessions running after revocation"));
        } else if (!revocation.contains("pg_terminate_backend")) {
            findings.add(Finding.warning(
                    subject, "has revocation_statements that do not terminate open sessions (pg_terminate_backend)"));
        }
        if (said.data().getLong("default_ttl", 0) <= 0) {
            findings.add(Finding.warning(
                    subject, "has no default_ttl: a login that nobody knows of would live for the engine's 32 days"));
        }
        String connection = path.substring(0, path.indexOf("/creds/")) + "/config/"
                + said.data().getString("db_name", "");
        if (!(login.read(connection) instanceof Said config && config.done())) {
            findings.add(Finding.warning(connection, "could not be looked at, so neither could username_template"));
        } else if (!config.data().toString().contains("DisplayName")) {
            findings.add(Finding.warning(
                    connection, "has no username_template with {{.DisplayName}}: logins do not carry the lease's id"));
        }
        return findings;
    }
}
