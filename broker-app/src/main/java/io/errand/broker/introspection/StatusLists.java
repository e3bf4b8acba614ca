package io.errand.broker.introspection;

import io.errand.broker.credential.StatusIndex;
import io.errand.broker.key.Keys;
import io.errand.broker.key.TokenKind;
import io.errand.broker.shared.ErrandProperties;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * The lists, each signed when somebody asks for it. One reader at a time asks the database for a list, so that many verifiers cost it two
 * reads a second and list.
 */
@Component
class StatusLists {

    /** How old what a list says may be. */
    private static final Duration READ = Duration.ofMillis(500);

    /** How long a list that has not changed keeps its signature, so that who has it is told so (304). */
    private static final Duration SIGNED = Duration.ofSeconds(2);

    /** How long a verifier that cannot reach us may go by a list. */
    static final Duration LIFE = Duration.ofMinutes(1);

    /** Verifiers take a token for a while after its end, for the sake of their clocks. */
    private static final Duration LEEWAY = Duration.ofMinutes(2);

    private final JdbcClient jdbc;
    private final Keys keys;
    private final String issuer;
    private final Clock clock;
    private final Object[] reading =
            IntStream.range(0, StatusIndex.LISTS).mapToObj(n -> new Object()).toArray();
    private final AtomicReferenceArray<@Nullable Read> last = new AtomicReferenceArray<>(StatusIndex.LISTS);

    StatusLists(JdbcClient jdbc, Keys keys, ErrandProperties errand, Clock clock) {
        this.jdbc = jdbc;
        this.keys = keys;
        this.issuer = errand.issuer();
        this.clock = clock;
    }

    /** A list as it was read. */
    private record Read(BitSet ended, String compressed, SignedList signed, long readNanos, long signedNanos) {}

    /** A JWT. */
    record SignedList(String token) {}

    /** @param list from 0 to {@link StatusIndex#LISTS} */
    SignedList get(int list) {
        Read read = last.get(list);
        if (read == null || isOlder(read.readNanos, READ)) {
            synchronized (reading[list]) {
                read = last.get(list);
                if (read == null || isOlder(read.readNanos, READ)) {
                    read = read(list, read);
                    last.set(list, read);
                }
            }
        }
        return read.signed;
    }

    private static boolean isOlder(long nanos, Duration than) {
        return System.nanoTime() - nanos >= than.toNanos();
    }

    private Read read(int list, @Nullable Read before) {
        long now = System.nanoTime();
        BitSet ended = ended(list);
        if (before != null && before.ended.equals(ended)) {
            return isOlder(before.signedNanos, SIGNED)
                    ? new Read(ended, before.compressed, sign(list, before.compressed), now, now)
                    : new Read(before.ended, before.compressed, before.signed, now, before.signedNanos);
        }
        String compressed = compressed(ended);
        return new Read(ended, compressed, sign(list, compressed), now, now);
    }

    /** By lease_status_ended; a place whose token is past its end may be another's by now, of whom lease_status_index knows. */
    private BitSet ended(int list) {
        BitSet ended = new BitSet(StatusIndex.SIZE);
        jdbc.sql("""
                        SELECT status_index FROM lease AS past
                         WHERE status_index >> 20 = :list AND revoking_at < status_until
                           AND status_until > now() - make_interval(secs => :leeway)
                           AND (status_until > now()
                                OR NOT EXISTS (SELECT 1 FROM lease AS next
                                                WHERE next.status_index = past.status_index AND next.state <> 'revoked'
                                                  AND next.id <> past.id))
                        """).param("list", list).param("leeway", LEEWAY.toSeconds()).query(row -> {
            ended.set(row.getInt(1) % StatusIndex.SIZE);
        });
        return ended;
    }

    private SignedList sign(int list, String compressed) {
        Instant iat = clock.instant();
        Map<String, Object> statusList = new LinkedHashMap<>();
        statusList.put("bits", 1);
        statusList.put("lst", compressed);
        statusList.put("aggregation_uri", issuer + StatusListEndpoint.PATH);
        Map<String, Object> claims = new LinkedHashMap<>();
        claims.put("iss", issuer);
        claims.put("sub", StatusIndex.uri(issuer, list));
        claims.put("iat", iat.getEpochSecond());
        claims.put("exp", iat.plus(LIFE).getEpochSecond());
        claims.put("ttl", StatusIndex.TTL_SECONDS);
        claims.put("status_list", statusList);
        return new SignedList(keys.sign(TokenKind.STATUS_LIST, claims));
    }

    /** Entry 0 is the least significant bit of the first byte, as in {@link BitSet}; every list is as long as any other. */
    private static String compressed(BitSet ended) {
        byte[] all = new byte[StatusIndex.SIZE / Byte.SIZE];
        byte[] set = ended.toByteArray();
        System.arraycopy(set, 0, all, 0, set.length);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION);
        try (DeflaterOutputStream zlib = new DeflaterOutputStream(out, deflater)) {
            zlib.write(all);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            deflater.end();
        }
        return Base64.getUrlEncoder().withoutPadding().encodeToString(out.toByteArray());
    }
}
