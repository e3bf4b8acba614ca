package io.errand.broker.console;

import io.errand.api.Sha256;
import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.shared.Person;
import io.errand.broker.shared.Secret;
import java.security.SecureRandom;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Base64;
import java.util.Optional;
import java.util.Set;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/** Signed-in sessions. The database holds a digest of the cookie's value, which only the browser knows. */
@Component
class ConsoleSessions {

    private static final int BYTES = 32;

    private final JdbcClient jdbc;
    private final Audit audit;
    private final ConsoleProperties settings;
    private final SecureRandom random = new SecureRandom();

    ConsoleSessions(JdbcClient jdbc, Audit audit, ConsoleProperties settings) {
        this.jdbc = jdbc;
        this.audit = audit;
        this.settings = settings;
    }

    @Transactional
    Secret begin(SignedIn who) {
        byte[] bytes = new byte[BYTES];
        random.nextBytes(bytes);
        String value = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        jdbc.sql("""
                        INSERT INTO console_session (id, who, identities, aliases, groups, roles, ends_at)
                        VALUES (:id, :who, :identities::text[], :aliases::text[], :groups::text[], :roles::text[],
                                now() + make_interval(secs => :seconds))
                        """)
                .param("id", Sha256.of(value))
                .param("who", who.person().name())
                .param("identities", array(who.person().identities()))
                .param("aliases", array(who.person().aliases()))
                .param("groups", array(who.person().groups()))
                .param("roles", array(who.roles()))
                .param("seconds", settings.session().toSeconds())
                .update();
        audit.record(AuditEvent.of("console.signed_in").by(who.person().name()));
        return new Secret(value);
    }

    Optional<SignedIn> find(String value) {
        return jdbc.sql("""
                        SELECT who, identities, aliases, groups, roles FROM console_session
                        WHERE id = :id AND ends_at > now()
                        """)
                .param("id", Sha256.of(value))
                .query((row, n) -> new SignedIn(
                        new Person(
                                row.getString("who"), set(row, "identities"), set(row, "aliases"), set(row, "groups")),
                        set(row, "roles")))
                .optional();
    }

    @Transactional
    void end(String value) {
        jdbc.sql("DELETE FROM console_session WHERE id = :id AND ends_at > now() RETURNING who")
                .param("id", Sha256.of(value))
                .query(String.class)
                .optional()
                .ifPresent(
                        who -> audit.record(AuditEvent.of("console.signed_out").by(who)));
    }

    /** Index: console_session_over. */
    @Scheduled(fixedDelayString = "PT10M", initialDelayString = "PT1M")
    void purge() {
        jdbc.sql("DELETE FROM console_session WHERE ends_at <= now()").update();
    }

    private static String[] array(Set<String> texts) {
        return texts.toArray(String[]::new);
    }

    private static Set<String> set(ResultSet row, String column) throws SQLException {
        Array texts = row.getArray(column);
        return Set.of((String[]) texts.getArray());
    }
}
