package io.errand.api;

import java.net.URI;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A stream of security events (SSF 1.0 §8.1.1).
 *
 * @param streamId chosen by the service
 * @param iss the issuer of its tokens, which is that of the service
 * @param aud their audience, of which each stream has one of its own
 * @param eventsSupported types that the service knows
 * @param eventsRequested types that the receiver asked for; at most 64
 * @param eventsDelivered types that are sent: those of the two before that are the same
 * @param minVerificationInterval seconds between two requests for a verification event
 * @param description the receiver's own, at most 1024 characters
 */
public record StreamConfiguration(
        UUID streamId,
        String iss,
        String aud,
        List<String> eventsSupported,
        List<String> eventsRequested,
        List<String> eventsDelivered,
        Delivery delivery,
        int minVerificationInterval,
        @Nullable String description) {

    /**
     * How tokens come to the receiver.
     *
     * @param method {@code urn:ietf:rfc:8935} (push) or {@code urn:ietf:rfc:8936} (poll)
     * @param endpointUrl where they are pushed to, or polled from
     */
    public record Delivery(String method, URI endpointUrl) {}
}
