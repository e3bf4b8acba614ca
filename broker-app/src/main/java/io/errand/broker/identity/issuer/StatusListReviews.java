package io.errand.broker.identity.issuer;

import io.errand.broker.crypto.Base64Url;
import io.errand.broker.identity.NumericDate;
import io.errand.broker.identity.Reason;
import io.errand.broker.identity.Verification.Rejected;
import io.errand.broker.identity.jwt.CompactJws;
import io.errand.broker.identity.jwt.TokenReviews;
import io.errand.broker.identity.jwt.TokenRules;
import io.errand.broker.identity.jwt.TrustedIssuer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.zip.InflaterInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Another deployment's status lists (Token Status List, §8.3): a credential of its that has ended before its time is none. A credential
 * without the claim {@code status} is of a version that has no lists.
 */
@SuppressWarnings("BadInstanceof") // null is no instance, and the pattern names what is one
final class StatusListReviews implements TokenReviews {

    /** How many lists of one issuer are looked at; Errand has 16. */
    private static final int MOST_LISTS = 64;

    /** 2^24 entries of one bit. */
    private static final int MOST_BYTES = 1 << 21;

    private static final long SHORTEST_TTL = 1;
    private static final long LONGEST_TTL = 60;

    private final KeySetClient client;
    private final TokenRules rules;
    private final InstantSource clock;
    private final Map<String, Place> places = new ConcurrentHashMap<>();

    StatusListReviews(KeySetClient client, TokenRules rules, InstantSource clock) {
        this.client = client;
        this.rules = rules;
        this.clock = clock;
    }

    /** Where a list is kept. Whoever comes while it is fetched waits for that, and no list waits for another. */
    private static final class Place {

        private final ReentrantLock fetching = new ReentrantLock();
        private volatile @Nullable Listed listed;
    }

    /**
     * A list.
     *
     * @param until it is fetched anew from then on
     */
    @SuppressWarnings("ArrayRecordComponent") // read only
    private record Listed(int bits, byte[] entries, Instant until) {

        /** §4.1: entries count from the least significant bit of the first byte. Empty: there is no such entry. */
        Optional<Integer> entry(long index) {
            int each = Byte.SIZE / bits;
            return index / each >= entries.length
                    ? Optional.empty()
                    : Optional.of((entries[(int) (index / each)] >> ((int) (index % each) * bits)) & ((1 << bits) - 1));
        }
    }

    /** A list, or why there is none. */
    private sealed interface Answer {

        record Good(Listed listed) implements Answer {}

        record Bad(String cause) implements Answer {}
    }

    @Override
    public Optional<Rejected> refusal(CompactJws jws, TrustedIssuer issuer) {
        if (!jws.claims().containsKey("status")) {
            return Optional.empty();
        }
        if (!(jws.claims().get("status") instanceof Map<?, ?> status
                && status.get("status_list") instanceof Map<?, ?> entry
                && entry.get("uri") instanceof String uri
                && index(entry.get("idx")) instanceof Long index)) {
            return refuse(Reason.STATUS_INVALID, issuer, "status has not the form of a status_list with idx and uri");
        }
        // A credential does not say whom the broker asks.
        if (!uri.startsWith(issuer.iss() + "/")) {
            return refuse(Reason.STATUS_INVALID, issuer, "its status list " + uri + " is not at the issuer's address");
        }
        return switch (answer(uri, issuer)) {
            case Answer.Bad(String cause) -> refuse(Reason.STATUS_UNAVAILABLE, issuer, cause);
            case Answer.Good(Listed listed) ->
                listed.entry(index)
                        .map(value -> value == 0
                                ? Optional.<Rejected>empty()
                                : refuse(
                                        Reason.STATUS_ENDED,
                                        issuer,
                                        "entry " + index + " of " + uri + " says " + value + ": it has ended there"))
                        .orElseGet(() -> refuse(Reason.STATUS_INVALID, issuer, uri + " has no entry " + index));
        };
    }

    private static @Nullable Long index(@Nullable Object idx) {
        return idx instanceof Number number
                        && (number instanceof Integer || number instanceof Long)
                        && number.longValue() >= 0
                ? (Long) number.longValue()
                : null;
    }

    private Answer answer(String uri, TrustedIssuer issuer) {
        Place place = places.get(uri);
        if (place == null) {
            if (places.size() >= MOST_LISTS) {
                places.clear();
            }
            place = places.computeIfAbsent(uri, one -> new Place());
        }
        Listed known = place.listed;
        if (known != null && isFresh(known)) {
            return new Answer.Good(known);
        }
        place.fetching.lock();
        try {
            known = place.listed;
            if (known != null && isFresh(known)) {
                return new Answer.Good(known);
            }
            Answer answer = fetched(uri, issuer);
            place.listed = answer instanceof Answer.Good(Listed listed) ? listed : null;
            return answer;
        } finally {
            place.fetching.unlock();
        }
    }

    private boolean isFresh(Listed listed) {
        return clock.instant().isBefore(listed.until());
    }

    private Answer fetched(String uri, TrustedIssuer issuer) {
        Instant asked = clock.instant();
        return switch (client.statusList(uri)) {
            case KeySetClient.StatusList.None(String cause) -> new Answer.Bad(cause);
            case KeySetClient.StatusList.Got(String token) ->
                switch (CompactJws.readStatusList(token)) {
                    case CompactJws.Unreadable(Rejected why) -> new Answer.Bad(uri + ": " + why.detail());
                    case CompactJws.Read(CompactJws list) ->
                        rules.statusListRefusal(list, issuer)
                                .<Answer>map(why -> new Answer.Bad(uri + ": " + why.detail()))
                                .orElseGet(() -> read(uri, list.claims(), issuer, asked));
                };
        };
    }

    /** §5.1, of a list that the issuer signed. */
    private static Answer read(String uri, Map<String, Object> claims, TrustedIssuer issuer, Instant asked) {
        long now = asked.getEpochSecond();
        Optional<Long> exp = NumericDate.of(claims.get("exp"));
        long ttl = NumericDate.of(claims.get("ttl")).orElse(LONGEST_TTL);
        if (!uri.equals(claims.get("sub"))
                || (claims.containsKey("iss") && !issuer.iss().equals(claims.get("iss")))) {
            return new Answer.Bad(uri + " answered another list than was asked for");
        }
        if (NumericDate.of(claims.get("iat"))
                        .filter(iat -> iat <= now + TokenRules.SKEW)
                        .isEmpty()
                || (claims.containsKey("exp") && exp.isEmpty())
                || exp.filter(end -> end + TokenRules.SKEW <= now).isPresent()) {
            return new Answer.Bad(uri + " answered a list that is not of this time");
        }
        if (!(claims.get("status_list") instanceof Map<?, ?> list
                && list.get("bits") instanceof Integer bits
                && List.of(1, 2, 4, 8).contains(bits)
                && list.get("lst") instanceof String lst
                && inflated(lst) instanceof byte[] entries)) {
            return new Answer.Bad(uri + " answered no status_list that can be read");
        }
        Duration kept = Duration.ofSeconds(Math.clamp(ttl, SHORTEST_TTL, LONGEST_TTL));
        return new Answer.Good(new Listed(bits, entries, asked.plus(kept)));
    }

    /** Null: it is no zlib of base64url, or more than any list has. */
    private static byte @Nullable [] inflated(String lst) {
        Optional<byte[]> compressed = Base64Url.decode(lst);
        if (compressed.isEmpty()) {
            return null;
        }
        try (InflaterInputStream zlib = new InflaterInputStream(new ByteArrayInputStream(compressed.get()))) {
            byte[] entries = zlib.readNBytes(MOST_BYTES + 1);
            return entries.length > MOST_BYTES ? null : entries;
        } catch (IOException e) {
            return null;
        }
    }

    private static Optional<Rejected> refuse(Reason reason, TrustedIssuer issuer, String detail) {
        return Optional.of(reason.because(issuer.name(), detail));
    }
}
