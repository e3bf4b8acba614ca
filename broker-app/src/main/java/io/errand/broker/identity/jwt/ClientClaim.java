package io.errand.broker.identity.jwt;

import io.errand.broker.identity.TokenType;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Where a person's token names the client that the person used. */
final class ClientClaim {

    /** The sole audience, which is the client of an ID token only: an access token's is the API that it is for. */
    static final String AUDIENCE = "aud";

    /** Where nothing is said of it. */
    private static final List<String> USUAL = List.of("azp", "client_id");

    /** What an issuer's resource may say. */
    static final List<String> ALL = Stream.concat(Contradictions.CLIENT_CLAIMS.stream(), Stream.of(AUDIENCE))
            .toList();

    private ClientClaim() {}

    /**
     * The client; the claims were found to agree.
     *
     * @param claim as the issuer's resource has it; null: it says nothing
     */
    static Optional<String> client(@Nullable String claim, Map<String, Object> claims, TokenType type) {
        if (AUDIENCE.equals(claim)) {
            return type == TokenType.ID_TOKEN ? sole(claims.get(AUDIENCE)) : Optional.empty();
        }
        return (claim == null ? USUAL : List.of(claim))
                .stream()
                        .map(claims::get)
                        .filter(String.class::isInstance)
                        .map(String.class::cast)
                        .findFirst();
    }

    private static Optional<String> sole(@Nullable Object audience) {
        return switch (audience) {
            case String one -> Optional.of(one);
            case List<?> list when list.size() == 1 && list.getFirst() instanceof String one -> Optional.of(one);
            case null, default -> Optional.empty();
        };
    }
}
