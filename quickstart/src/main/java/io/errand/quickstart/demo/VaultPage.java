package io.errand.quickstart.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code docs/vault.md}: the demo sets Vault up with what that page says, so that there is one place which says it. */
record VaultPage(String text) {

    static VaultPage read(Path repository) throws IOException {
        return new VaultPage(Files.readString(repository.resolve("docs").resolve("vault.md")));
    }

    /** What is between {@code vault policy write <name>} and the end of its here-document. */
    String policy(String name) {
        return part("vault policy write " + Pattern.quote(name) + " - <<'HCL'\\R(.*?)\\RHCL");
    }

    /** Vault's login at the database. */
    String login(String password) {
        return part("```sql\\R(.*?)```").replace("choose-another", password);
    }

    /** How Vault ends a login and its open sessions. */
    String revocation() {
        return part("<<'SQL'\\R(.*?)\\RSQL");
    }

    private String part(String pattern) {
        Matcher matcher = Pattern.compile(pattern, Pattern.DOTALL).matcher(text);
        if (!matcher.find()) {
            throw new IllegalStateException("docs/vault.md has no " + pattern);
        }
        return matcher.group(1);
    }
}
