package io.errand.bench;

import io.errand.quickstart.EmbeddedDatabase;
import java.util.List;

/** What Vault makes its logins with at the PostgreSQL of the bench. */
@SuppressWarnings("ImmutableEnumChecker") // the lists are List.of
enum VaultLogin {
    /** The server asks nothing of it, and Vault looks for every right that a login may have. */
    SUPERUSER("postgres", "superuser", List.of()),
    /** The broker's own: {@code CREATEROLE}, and it may hand the group role out. */
    BROKER(EmbeddedDatabase.TARGET_BROKER, "target", List.of("DROP ROLE IF EXISTS \"{{name}}\";"));

    private final String role;
    private final String kept;
    private final List<String> revocation;

    /** @param kept the member of {@code postgres.json} that has its password */
    VaultLogin(String role, String kept, List<String> revocation) {
        this.role = role;
        this.kept = kept;
        this.revocation = revocation;
    }

    String role() {
        return role;
    }

    String kept() {
        return kept;
    }

    /** Empty: Vault's own. */
    List<String> revocation() {
        return revocation;
    }
}
