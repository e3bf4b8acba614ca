package io.errand.broker.credential.vault.check;

import io.errand.broker.credential.vault.client.Reply;
import io.errand.broker.credential.vault.client.Reply.Said;
import io.errand.broker.credential.vault.client.VaultLogin;
import io.github.jopenlibs.vault.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/** What is wrong with a role of Vault's database engine and with the connection that it is made at. */
final class DatabaseCheck {

    private final VaultLogin login;

    DatabaseCheck(VaultLogin login) {
        this.login = login;
    }

    /** @param mount with its slash at the end */
    List<Finding> findings(String mount, String path) {
        if (!path.startsWith(mount + "creds/")) {
            return List.of(Finding.error(path, "is not " + mount + "creds/<role>"));
        }
        String name = path.substring((mount + "creds/").length());
        String subject = mount + "roles/" + name;
        return switch (login.read(subject)) {
            case Said said
            when said.done() -> {
                List<Finding> findings = new ArrayList<>();
                if (said.data().getLong("default_ttl", 0) <= 0) {
                    findings.add(Finding.warning(
                            subject,
                            "has no default_ttl: a login that nobody knows of would live for the engine's 32 days"));
                }
                findings.addAll(connection(mount, name, subject, said.data()));
                yield findings;
            }
            case Said said when said.status() == 404 -> List.of(Finding.error(subject, "does not exist"));
            case Reply other -> List.of(Finding.warning(subject, "could not be looked at: " + other.describe()));
        };
    }

    /** Whether the role is of a plugin whose sessions outlive what Vault does by itself. */
    boolean observable(String mount, String path) {
        if (!path.startsWith(mount + "creds/")
                || !(login.read(mount + "roles/" + path.substring((mount + "creds/").length())) instanceof Said role
                        && role.done())) {
            return false;
        }
        return login.read(mount + "config/" + role.data().getString("db_name", "")) instanceof Said config
                && config.done()
                && DatabasePlugin.of(config.data().getString("plugin_name", "")).observable();
    }

    private List<Finding> connection(String mount, String name, String role, JsonObject statements) {
        String subject = mount + "config/" + statements.getString("db_name", "");
        return switch (login.read(subject)) {
            case Said said
            when said.done() -> {
                List<Finding> findings = new ArrayList<>();
                List<String> allowed = Reply.texts(said.data().get("allowed_roles"));
                if (!allowed.contains(name) && allowed.stream().noneMatch(one -> matches(one, name))) {
                    findings.add(Finding.error(subject, "does not list the role " + name + " in allowed_roles"));
                }
                DatabasePlugin plugin = DatabasePlugin.of(said.data().getString("plugin_name", ""));
                if (!plugin.namesLeases() && !said.data().toString().contains("DisplayName")) {
                    findings.add(Finding.warning(
                            subject,
                            "has no username_template with {{.DisplayName}}: logins do not carry the lease's id"));
                }
                findings.addAll(plugin.findings(role, DatabaseRole.of(statements, said.data())));
                yield findings;
            }
            case Said said
            when said.status() == 404 ->
                List.of(Finding.error(subject, "does not exist, and " + role + " names it as db_name"));
            case Reply other ->
                List.of(Finding.warning(
                        subject,
                        "could not be looked at, so neither could its plugin and username_template: "
                                + other.describe()));
        };
    }

    /** Vault takes a star at either end of an allowed role. */
    private static boolean matches(String pattern, String name) {
        if (!pattern.contains("*")) {
            return false;
        }
        String bare = pattern.replaceAll("^\\*|\\*$", "");
        boolean begins = pattern.endsWith("*");
        boolean ends = pattern.startsWith("*");
        return (begins && ends) ? name.contains(bare) : begins ? name.startsWith(bare) : name.endsWith(bare);
    }
}
