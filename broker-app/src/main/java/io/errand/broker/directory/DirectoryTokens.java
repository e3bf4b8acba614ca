package io.errand.broker.directory;

import io.errand.api.DirectoryTokenRequest;
import io.errand.api.DirectoryTokenView;
import io.errand.api.Sha256;
import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.web.Members;
import io.errand.broker.shared.web.SortOrder;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/**
 * The bearers of directories: random, shown once, kept as their SHA-256, and good for a time. A bearer has its id in it, so that one
 * row is looked up and compared in constant time.
 */
@Component
class DirectoryTokens {

    private static final Duration USUAL = Duration.ofDays(90);
    private static final Duration SHORTEST = Duration.ofMinutes(1);
    private static final Duration LONGEST = Duration.ofDays(365);
    private static final int MAX_NOTE = 255;
    private static final int SECRET_BYTES = 32;

    /** Its beginning tells scanners for secrets what it is. */
    private static final Pattern FORM =
            Pattern.compile("errand_directory_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})_[A-Za-z0-9_-]{43}");

    private static final String COLUMNS = """
            SELECT *, CASE WHEN revoked_at IS NOT NULL THEN 'revoked' WHEN expires_at <= now() THEN 'expired' ELSE 'active' END AS state
              FROM directory_token
            """;

    private final JdbcClient jdbc;
    private final Audit audit;
    private final SecureRandom random = new SecureRandom();

    DirectoryTokens(JdbcClient jdbc, Audit audit) {
        this.jdbc = jdbc;
        this.audit = audit;
    }

    sealed interface Standing {}

    record Known(UUID id) implements Standing {}

    /** @param reason for the audit log, and for nobody else */
    record Unknown(String reason) implements Standing {}

    @Transactional
    public Result<DirectoryTokenView> create(DirectoryTokenRequest asked, String who) {
        return new Members()
                .text("note", asked.note(), MAX_NOTE)
                .duration("ttl", asked.ttl(), SHORTEST, LONGEST)
                .then(() -> insert(
                        Objects.requireNonNull(asked.note()), Objects.requireNonNullElse(asked.ttl(), USUAL), who));
    }

    private DirectoryTokenView insert(String note, Duration ttl, String who) {
        UUID id = Ids.next();
        byte[] secret = new byte[SECRET_BYTES];
        random.nextBytes(secret);
        String token = "errand_directory_" + id + "_"
                + Base64.getUrlEncoder().withoutPadding().encodeToString(secret);
        jdbc.sql("""
                        INSERT INTO directory_token (id, hash, note, created_by, expires_at)
                        VALUES (:id, :hash, :note, :who, now() + make_interval(secs => :seconds))
                        """)
                .param("id", id)
                .param("hash", Sha256.of(token))
                .param("note", note)
                .param("who", who)
                .param("seconds", ttl.toSeconds())
                .update();
        DirectoryTokenView made = find(id).orElseThrow();
        audit.record(event("directory.token_created", made, who)
                .with("expires_at", made.expiresAt().toString()));
        return new DirectoryTokenView(
                made.id(),
                made.note(),
                made.state(),
                made.createdBy(),
                made.createdAt(),
                made.expiresAt(),
                null,
                null,
                token);
    }

    /** Said again, it changes nothing; empty: there is no such bearer. */
    @Transactional
    public Optional<DirectoryTokenView> revoke(UUID id, String who) {
        boolean fresh = jdbc.sql("""
                        UPDATE directory_token SET revoked_by = :who, revoked_at = now() WHERE id = :id AND revoked_at IS NULL
                        """).param("id", id).param("who", who).update() > 0;
        Optional<DirectoryTokenView> token = find(id);
        if (fresh) {
            token.ifPresent(revoked -> audit.record(event("directory.token_revoked", revoked, who)));
        }
        return token;
    }

    private static AuditEvent event(String kind, DirectoryTokenView token, String who) {
        return AuditEvent.of(kind).by(who).with("bearer", token.id()).with("note", token.note());
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared as a whole
    private record Kept(byte[] hash, String state) {}

    Standing verify(String bearer) {
        Matcher form = FORM.matcher(bearer);
        Optional<UUID> id = form.matches() ? Ids.parse(form.group(1)) : Optional.empty();
        if (id.isEmpty()) {
            return new Unknown("token_malformed");
        }
        Optional<Kept> kept = jdbc.sql(COLUMNS + " WHERE id = :id")
                .param("id", id.get())
                .query((row, n) -> new Kept(row.getBytes("hash"), row.getString("state")))
                .optional();
        boolean same = MessageDigest.isEqual(kept.map(Kept::hash).orElse(new byte[0]), Sha256.of(bearer));
        if (kept.isEmpty() || !same) {
            return new Unknown("token_unknown");
        }
        return switch (kept.get().state()) {
            case "active" -> new Known(id.get());
            case "expired" -> new Unknown("token_expired");
            default -> new Unknown("token_revoked");
        };
    }

    private Optional<DirectoryTokenView> find(UUID id) {
        return jdbc.sql(COLUMNS + " WHERE id = :id")
                .param("id", id)
                .query(DirectoryTokens::view)
                .optional();
    }

    List<DirectoryTokenView> list(@Nullable UUID after, int limit, SortOrder order) {
        return jdbc.sql(order.in(COLUMNS
                        + " WHERE :after::uuid IS NULL OR id {after} :after::uuid ORDER BY id {order} LIMIT :limit"))
                .param("after", after == null ? null : after.toString())
                .param("limit", limit)
                .query(DirectoryTokens::view)
                .list();
    }

    private static DirectoryTokenView view(ResultSet row, int n) throws SQLException {
        OffsetDateTime revoked = row.getObject("revoked_at", OffsetDateTime.class);
        return new DirectoryTokenView(
                row.getString("id"),
                row.getString("note"),
                row.getString("state"),
                row.getString("created_by"),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                row.getObject("expires_at", OffsetDateTime.class).toInstant(),
                row.getString("revoked_by"),
                revoked == null ? null : revoked.toInstant(),
                null);
    }
}
