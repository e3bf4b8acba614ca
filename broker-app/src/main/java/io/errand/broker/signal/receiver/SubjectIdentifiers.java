package io.errand.broker.signal.receiver;

import io.errand.broker.identity.IssuerPurpose;
import io.errand.broker.identity.Issuers;
import io.errand.broker.shared.Names;
import io.errand.broker.signal.receiver.RegisteredTransmitters.Registered;
import io.errand.broker.task.Scope;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Whom a subject identifier (RFC 9493, SSF 1.0 §3) means here. Of a complex one the person counts, or where there is none the
 * application: a session of another system is not known here, so that all is ended which may have come from it.
 */
@Component
class SubjectIdentifiers {

    private static final int MOST_ALIASES = 16;
    private static final String SPIFFE = "spiffe://";

    private final Issuers issuers;

    SubjectIdentifiers(Issuers issuers) {
        this.issuers = issuers;
    }

    /** Whom it means. */
    sealed interface Meant {

        /** @param scopes what belongs to them */
        record Known(List<Scope> scopes) implements Meant {}

        /** @param reason a stable name */
        record Nobody(String reason) implements Meant {}
    }

    Meant meant(@Nullable Object subject, Registered transmitter) {
        List<Party> parties = parties(subject, true).toList();
        if (parties.isEmpty()) {
            return new Meant.Nobody("subject_not_understood");
        }
        List<Scope> scopes = parties.stream()
                .flatMap(party -> scope(party, transmitter).stream())
                .distinct()
                .toList();
        if (!scopes.isEmpty()) {
            return new Meant.Known(scopes);
        }
        boolean isMapped =
                parties.stream().anyMatch(party -> issuer(party, transmitter).isPresent());
        return new Meant.Nobody(isMapped ? "subject_is_mapped" : "issuer_not_the_transmitters");
    }

    /** An issuer's identifier, and one of its subjects. */
    private record Party(String iss, String sub) {}

    private static Stream<Party> parties(@Nullable Object subject, boolean mayBeMany) {
        if (!(subject instanceof Map<?, ?> members) || !(members.get("format") instanceof String format)) {
            return Stream.empty();
        }
        return switch (format) {
            case "iss_sub" ->
                members.get("iss") instanceof String iss && members.get("sub") instanceof String sub
                        ? Stream.of(new Party(iss, sub))
                        : Stream.empty();
            case "uri" -> members.get("uri") instanceof String uri ? workload(uri) : Stream.empty();
            case "aliases" ->
                mayBeMany && members.get("identifiers") instanceof List<?> all && all.size() <= MOST_ALIASES
                        ? all.stream().flatMap(one -> parties(one, false))
                        : Stream.empty();
            case "complex" ->
                mayBeMany
                        ? Stream.of("user", "application")
                                .map(members::get)
                                .filter(Map.class::isInstance)
                                .limit(1)
                                .flatMap(one -> parties(one, false))
                        : Stream.empty();
            default -> Stream.empty();
        };
    }

    /** A SPIFFE ID is of the issuer that is its trust domain. */
    private static Stream<Party> workload(String uri) {
        int path = uri.indexOf('/', SPIFFE.length());
        return uri.startsWith(SPIFFE) && path > SPIFFE.length()
                ? Stream.of(new Party(uri.substring(0, path), uri))
                : Stream.empty();
    }

    /** About which the transmitter may speak; empty too where the subject is none that anybody has. */
    private Optional<Issuers.Registered> issuer(Party party, Registered transmitter) {
        if (party.sub().isBlank()
                || party.sub().getBytes(StandardCharsets.UTF_8).length > Names.MAX_SUBJECT_BYTES
                || party.iss().length() > Names.MAX_SUBJECT_BYTES) {
            return Optional.empty();
        }
        return issuers.byIdentifier(party.iss())
                .filter(issuer -> issuer.purpose() != IssuerPurpose.ERRAND)
                .filter(issuer -> transmitter.issuers().contains(issuer.name()));
    }

    /** Empty too where tasks have a name that the issuer's template made of other claims, which no event says. */
    private Optional<Scope> scope(Party party, Registered transmitter) {
        return issuer(party, transmitter)
                .filter(issuer -> !issuer.isMapped())
                .flatMap(issuer -> switch (issuer.purpose()) {
                    case PERSON ->
                        Optional.of(new Scope(Scope.Kind.PERSON, "person:" + issuer.name() + ":" + party.sub()));
                    case WORKLOAD -> Optional.of(new Scope(Scope.Kind.WORKLOAD, issuer.name() + ":" + party.sub()));
                    case ERRAND -> Optional.empty();
                });
    }
}
