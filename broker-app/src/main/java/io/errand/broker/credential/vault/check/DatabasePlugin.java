package io.errand.broker.credential.vault.check;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** What Errand knows of a plugin of Vault's database engine: how its sessions end, and what is too wide there. */
sealed interface DatabasePlugin {

    /** @param role the role's path at Vault */
    List<Finding> findings(String role, DatabaseRole statements);

    /** Whether the broker can end and look for its logins itself. */
    default boolean observable() {
        return this instanceof Postgresql || this instanceof Mysql;
    }

    /** Whether its logins carry the lease's id whatever it is configured to do: it takes no template. */
    default boolean namesLeases() {
        return this instanceof Redis;
    }

    static DatabasePlugin of(String name) {
        return switch (name) {
            case "postgresql-database-plugin" -> new Postgresql();
            case "mysql-database-plugin",
                    "mysql-aurora-database-plugin",
                    "mysql-rds-database-plugin",
                    "mysql-legacy-database-plugin" -> new Mysql();
            case "redis-database-plugin" -> new Redis();
            default -> new Other(name);
        };
    }

    record Postgresql() implements DatabasePlugin {

        private static final Pattern POWERS =
                Pattern.compile("(?<!NO)\\b(SUPERUSER|CREATEROLE|CREATEDB|REPLICATION|BYPASSRLS)\\b");
        private static final Pattern REASSIGN = Pattern.compile("REASSIGN OWNED BY .*? TO \"?([A-Z0-9_]+)");

        @Override
        public List<Finding> findings(String role, DatabaseRole statements) {
            List<Finding> findings = new ArrayList<>();
            POWERS.matcher(statements.creation())
                    .results()
                    .map(found -> found.group(1))
                    .distinct()
                    .forEach(power -> findings.add(Finding.warning(
                            role, "makes logins with " + power + ", which no agent needs and which ends no task")));
            if (statements.revocation().isEmpty()) {
                findings.add(Finding.warning(
                        role,
                        "has no revocation_statements: Vault's own leave open sessions running after revocation"));
                return findings;
            }
            if (!statements.revokes("PG_TERMINATE_BACKEND")) {
                findings.add(Finding.warning(
                        role, "has revocation_statements that do not terminate open sessions (pg_terminate_backend)"));
            }
            if (!statements.revokes("LOCK_TIMEOUT")) {
                findings.add(Finding.warning(
                        role,
                        "has revocation_statements without a lock_timeout: one that waits for a lock holds up every"
                                + " other credential of this connection"));
            }
            if (statements.revocation().stream()
                    .flatMap(text -> Arrays.stream(text.split(";")))
                    .noneMatch(statement -> statement.strip().equals("COMMIT"))) {
                findings.add(Finding.warning(
                        role,
                        "has revocation_statements without COMMIT between NOLOGIN and DROP ROLE: Vault runs them in one"
                                + " transaction, so a drop that fails lets the login live on"));
            }
            REASSIGN.matcher(String.join(" ; ", statements.revocation()))
                    .results()
                    .map(found -> found.group(1))
                    .filter(owner -> List.of("CURRENT_USER", "SESSION_USER", "CURRENT_ROLE", statements.login())
                            .contains(owner))
                    .findFirst()
                    .ifPresent(owner -> findings.add(Finding.warning(
                            role,
                            "gives what an agent leaves behind to Vault's own login (REASSIGN OWNED … TO "
                                    + owner.toLowerCase(Locale.ROOT)
                                    + "): a SECURITY DEFINER function would run with that login's rights")));
            return findings;
        }
    }

    /** MySQL and MariaDB: neither DROP USER nor ACCOUNT LOCK ends an open session. */
    record Mysql() implements DatabasePlugin {

        private static final Pattern POWERS = Pattern.compile(
                "GRANT OPTION|ALL (?:PRIVILEGES )?ON \\*\\.\\*|\\bSUPER\\b|CREATE USER ON|CONNECTION[ _]ADMIN");

        @Override
        public List<Finding> findings(String role, DatabaseRole statements) {
            List<Finding> findings = new ArrayList<>();
            // The statement that makes the login says CREATE USER as well; what is granted comes after GRANT.
            int granted = statements.creation().indexOf("GRANT ");
            if (granted >= 0
                    && POWERS.matcher(statements.creation().substring(granted)).find()) {
                findings.add(
                        Finding.warning(
                                role,
                                "grants administrative privileges, with which an agent can make a login that outlives its task"));
            }
            if (!statements.revokes("KILL ") && !statements.revokes("CALL ")) {
                findings.add(Finding.warning(
                        role,
                        "has revocation_statements that leave open sessions running (DROP USER does not end them): end"
                                + " them with KILL USER, on MariaDB, or with a procedure, on MySQL"));
            }
            return findings;
        }
    }

    /** Deleting a user ends its sessions. */
    record Redis() implements DatabasePlugin {

        /** Rules that give commands of the category admin, and those that take it again. */
        private static final Map<String, Boolean> RULES = Map.of(
                "+@ALL", true,
                "ALLCOMMANDS", true,
                "+@ADMIN", true,
                "+@DANGEROUS", true,
                "-@ADMIN", false,
                "-@ALL", false,
                "NOCOMMANDS", false,
                "RESET", false);

        private static final Pattern RULE = Pattern.compile("[^\\s\",\\[\\]]+");
        private static final Pattern COMMAND = Pattern.compile("\\+(ACL|CONFIG|DEBUG|MODULE|REPLICAOF|SLAVEOF)\\b.*");

        @Override
        public List<Finding> findings(String role, DatabaseRole statements) {
            boolean admin = false;
            for (var rule : RULE.matcher(statements.creation()).results().toList()) {
                admin = RULES.getOrDefault(
                        rule.group(), admin || COMMAND.matcher(rule.group()).matches());
            }
            return admin
                    ? List.of(Finding.warning(
                            role,
                            "gives commands of the category admin, with which an agent can make a user that outlives its"
                                    + " task (ACL SETUSER): end its rules with -@admin"))
                    : List.of();
        }
    }

    record Other(String name) implements DatabasePlugin {

        @Override
        public List<Finding> findings(String role, DatabaseRole statements) {
            return List.of(Finding.warning(
                    role,
                    "is of the plugin " + (name.isEmpty() ? "that Vault does not name" : name)
                            + ", of which Errand does not know whether open sessions end with their login: try it"));
        }
    }
}
