package io.errand.broker.credential.vault.check;

import io.errand.broker.credential.Backend.BindingProblem;
import io.errand.broker.credential.vault.client.Reply;
import io.errand.broker.credential.vault.client.Reply.Said;
import io.errand.broker.credential.vault.client.VaultLogin;
import io.github.jopenlibs.vault.json.JsonObject;
import io.github.jopenlibs.vault.json.JsonValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What is wrong with a path in a secrets engine: each kind of engine is looked at for what is its own. */
final class EngineCheck {

    private static final Set<String> UNLEASED =
            Set.of("kv", "generic", "cubbyhole", "transit", "totp", "transform", "identity", "system", "keymgmt");

    /** Tags that open RabbitMQ's management API, where users, permissions and messages of others are. */
    private static final Set<String> MANAGEMENT =
            Set.of("management", "policymaker", "monitoring", "administrator", "impersonator");

    private final VaultLogin login;
    private final DatabaseCheck databases;

    EngineCheck(VaultLogin login) {
        this.login = login;
        this.databases = new DatabaseCheck(login);
    }

    /** @param mounts what Vault says of {@code sys/mounts} */
    List<Finding> findings(Reply mounts, String path) {
        if (!(mounts instanceof Said said && said.done())) {
            return List.of(Finding.error("sys/mounts", "could not be looked at: " + mounts.describe()));
        }
        Mount mount = mount(said, path);
        if (mount == null) {
            return List.of(Finding.error(
                    path,
                    "is in no secrets engine: nothing is mounted at " + path.substring(0, path.indexOf('/')) + "/"));
        }
        if (UNLEASED.contains(mount.type)) {
            return List.of(
                    Finding.error(
                            path,
                            "is in an engine of type " + mount.type
                                    + ", which gives no leases: what it gives cannot be revoked, so no tool can be bound to it"));
        }
        return switch (mount.type) {
            case "database" -> databases.findings(mount.at, path);
            case "pki" -> pki(path);
            case "rabbitmq" -> rabbitmq(mount.at, path);
            case "ssh" -> ssh(mount.at, path);
            default -> List.of();
        };
    }

    /** Whether the broker could look at the target itself: at databases whose logins it knows how to end. */
    boolean observable(Reply mounts, String path) {
        return mounts instanceof Said said
                && mount(said, path) instanceof Mount(String at, String type)
                && type.equals("database")
                && databases.observable(at, path);
    }

    /** What an SSH engine needs to be sent, since the agent can send nothing itself. */
    Optional<BindingProblem> parameterProblem(Reply mounts, String path, Map<String, String> parameters) {
        if (!(mounts instanceof Said said
                && mount(said, path) instanceof Mount(String at, String type)
                && type.equals("ssh"))) {
            return Optional.empty();
        }
        if (path.startsWith(at + "sign/") && !parameters.containsKey("public_key")) {
            return Optional.of(new BindingProblem(
                    "parameters.public_key",
                    "is missing: " + path + " signs a key that the tool names, since no exchange carries one; " + at
                            + "issue/<role> makes a key for each lease"));
        }
        if (path.startsWith(at + "issue/") && parameters.isEmpty()) {
            return Optional.of(new BindingProblem(
                    "parameters",
                    "is missing: " + path + " is written, not read; name at least key_type, for example ed25519"));
        }
        return parameters.containsKey("key_id")
                ? Optional.of(new BindingProblem(
                        "parameters.key_id", "is Vault's: it carries the lease's id, by the token's display name"))
                : Optional.empty();
    }

    /** @param at with its slash at the end */
    private record Mount(String at, String type) {}

    /** Mounts may have slashes; the longest one that fits is the path's. */
    private static @Nullable Mount mount(Said mounts, String path) {
        Mount found = null;
        for (JsonObject.Member mount : mounts.data()) {
            String at = mount.getName();
            if (path.startsWith(at) && (found == null || at.length() > found.at.length())) {
                JsonValue value = mount.getValue();
                found = new Mount(at, value.isObject() ? value.asObject().getString("type", "") : "");
            }
        }
        return found;
    }

    private List<Finding> pki(String path) {
        int verb = Math.max(path.lastIndexOf("/issue/"), path.lastIndexOf("/sign/"));
        if (verb < 0) {
            return List.of(Finding.error(path, "is not pki/issue/<role> or pki/sign/<role>"));
        }
        String subject = path.substring(0, verb) + "/roles/" + path.substring(path.lastIndexOf('/') + 1);
        return role(subject, role -> {
            List<Finding> findings = new ArrayList<>();
            if (!role.getBoolean("generate_lease", false)) {
                findings.add(Finding.error(
                        subject, "must have generate_lease=true: without a lease a certificate is never revoked"));
            }
            if (!role.getString("not_after", "").isEmpty()) {
                findings.add(Finding.error(
                        subject,
                        "must have no not_after: Vault refuses the ttl with which a certificate ends with its lease"));
            }
            if (role.getBoolean("allow_any_name", false)) {
                findings.add(Finding.warning(
                        subject,
                        "has allow_any_name=true: it signs for every name; name the domains (allowed_domains)"));
            }
            return findings;
        });
    }

    private List<Finding> rabbitmq(String mount, String path) {
        if (!path.startsWith(mount + "creds/")) {
            return List.of(Finding.error(path, "is not " + mount + "creds/<role>"));
        }
        String subject = mount + "roles/" + path.substring((mount + "creds/").length());
        return role(subject, role -> {
            List<String> wide = new ArrayList<>();
            for (String tag : role.getString("tags", "").split(",")) {
                if (MANAGEMENT.contains(tag.strip())) {
                    wide.add(tag.strip());
                }
            }
            return wide.isEmpty()
                    ? List.of()
                    : List.of(Finding.warning(
                            subject,
                            "has the tag " + String.join(", ", wide)
                                    + ": an agent needs none, and with it the management API is open to it"));
        });
    }

    private List<Finding> ssh(String mount, String path) {
        return path.startsWith(mount + "creds/") ? oneTimePasswords(mount, path) : sshCertificates(mount, path);
    }

    private List<Finding> oneTimePasswords(String mount, String path) {
        String subject = mount + "roles/" + path.substring((mount + "creds/").length());
        return role(
                subject,
                role -> role.getString("key_type", "").equals("otp")
                        ? List.of()
                        : List.of(
                                Finding.error(subject, "must have key_type=otp: no other kind of role gives a lease")));
    }

    private List<Finding> sshCertificates(String mount, String path) {
        String below = path.substring(mount.length());
        if (!below.matches("(issue|sign)/[^/]+")) {
            return List.of(Finding.error(
                    path,
                    "gives neither a lease nor a certificate with an end: name " + mount + "issue/<role> or " + mount
                            + "sign/<role> for certificates, or " + mount + "creds/<role> for one-time passwords"));
        }
        String subject = mount + "roles/" + below.substring(below.indexOf('/') + 1);
        return role(subject, role -> {
            if (!role.getString("key_type", "").equals("ca")) {
                return List.of(Finding.error(subject, "must have key_type=ca: no other kind of role signs"));
            }
            List<Finding> findings = new ArrayList<>();
            if (role.getString("allowed_users", "").isEmpty()
                    && !role.getBoolean("allow_host_certificates", false)
                    && !role.getBoolean("allow_empty_principals", false)) {
                findings.add(Finding.error(subject, "must have allowed_users: without, it signs for nobody"));
            }
            if (role.getBoolean("allow_empty_principals", false)) {
                findings.add(Finding.warning(
                        subject,
                        "has allow_empty_principals=true: some servers take a certificate that names no user for every"
                                + " user's"));
            }
            if (role.getString("allowed_users", "").equals("*")) {
                findings.add(Finding.warning(
                        subject, "has allowed_users=*: it signs for every user of a server, root too; name them"));
            }
            String keyId = role.getString("key_id_format", "");
            if (!keyId.isEmpty() && !keyId.contains("{{token_display_name}}")) {
                findings.add(Finding.warning(
                        subject,
                        "has a key_id_format without {{token_display_name}}: certificates, and servers' logs of them, do"
                                + " not carry the lease's id"));
            }
            return findings;
        });
    }

    private interface Look {
        List<Finding> at(JsonObject role);
    }

    private List<Finding> role(String subject, Look look) {
        return switch (login.read(subject)) {
            case Said said when said.done() -> look.at(said.data());
            case Said said when said.status() == 404 -> List.of(Finding.error(subject, "does not exist"));
            case Reply other -> List.of(Finding.warning(subject, "could not be looked at: " + other.describe()));
        };
    }
}
