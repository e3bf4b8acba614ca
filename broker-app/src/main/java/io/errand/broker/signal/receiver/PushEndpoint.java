package io.errand.broker.signal.receiver;

import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.identity.Reason;
import io.errand.broker.identity.SecurityEventTokens.Believed;
import io.errand.broker.identity.SecurityEventTokens.Refused;
import io.errand.broker.identity.Verification.Rejected;
import io.errand.broker.signal.receiver.RegisteredTransmitters.Registered;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * {@code POST /ssf/v1/events/{transmitter}}: a security event, pushed (RFC 8935). 202: it was taken, or had been before. A refusal
 * has the members of RFC 8935 §2.3, with the same words whatever a stranger did; the cause is in the audit log.
 */
@RestController
@RequestMapping(PushEndpoint.PATH)
class PushEndpoint {

    static final String PATH = "/ssf/v1/events";

    private static final MediaType TYPE = MediaType.parseMediaType("application/secevent+jwt");

    /** A token has 16 KiB at most; one byte more is enough to see that it has more. */
    private static final int MOST_BYTES = (16 << 10) + 1;

    private static final int MOST_EVENTS = 8;

    private static final Map<Reason, String> ERRORS = Map.of(
            Reason.ISSUER_UNKNOWN, "invalid_issuer",
            Reason.AUDIENCE_MISMATCH, "invalid_audience",
            Reason.ALGORITHM_REFUSED, "invalid_key",
            Reason.HEADER_KEY, "invalid_key",
            Reason.KEY_UNKNOWN, "invalid_key",
            Reason.KEY_MISMATCH, "invalid_key",
            Reason.SIGNATURE_INVALID, "invalid_key");

    private final RegisteredTransmitters transmitters;
    private final ReceivedEvents events;
    private final Audit audit;
    private final MeterRegistry registry;

    PushEndpoint(RegisteredTransmitters transmitters, ReceivedEvents events, Audit audit, MeterRegistry registry) {
        this.transmitters = transmitters;
        this.events = events;
        this.audit = audit;
        this.registry = registry;
        for (Registered transmitter : transmitters.all()) {
            List.of("taken", "repeated", "refused").forEach(outcome -> count(transmitter.name(), outcome, 0));
        }
    }

    @PostMapping("/{transmitter}")
    ResponseEntity<Object> push(@PathVariable String transmitter, HttpServletRequest request) throws IOException {
        Optional<Registered> registered = transmitters.find(transmitter);
        if (registered.isEmpty()) {
            audit.recordRefusal(AuditEvent.of("security_event.refused").with("reason", "transmitter_unknown"));
            return answer(HttpStatus.NOT_FOUND, "access_denied", "No transmitter is registered under this address.");
        }
        Registered sender = registered.get();
        if (!sender.isShownBy(request.getHeader(HttpHeaders.AUTHORIZATION))) {
            return refused(
                    sender,
                    HttpStatus.UNAUTHORIZED,
                    "authentication_failed",
                    new Rejected("token_not_shown", "The Authorization header is not the transmitter's", null));
        }
        if (!isSecurityEvent(request.getContentType())) {
            return refused(
                    sender,
                    HttpStatus.BAD_REQUEST,
                    "invalid_request",
                    new Rejected("content_type", "The body is not said to be " + TYPE, null));
        }
        // What is no ASCII is no token either way.
        String token = new String(request.getInputStream().readNBytes(MOST_BYTES), StandardCharsets.ISO_8859_1);
        return switch (sender.verifier().read(token)) {
            case Refused(Rejected why, boolean isForNow) ->
                isForNow
                        ? refused(sender, HttpStatus.SERVICE_UNAVAILABLE, "invalid_key", why)
                        : refused(sender, HttpStatus.BAD_REQUEST, error(why), why);
            case Believed believed -> believed(sender, believed);
        };
    }

    private ResponseEntity<Object> believed(Registered sender, Believed token) {
        if (!(token.claims().get("events") instanceof Map<?, ?> all) || all.isEmpty() || all.size() > MOST_EVENTS) {
            return refused(
                    sender,
                    HttpStatus.BAD_REQUEST,
                    "invalid_request",
                    new Rejected("events_invalid", "events is no object with 1 to " + MOST_EVENTS + " members", null));
        }
        if (!all.values().stream().allMatch(Map.class::isInstance)) {
            return refused(
                    sender,
                    HttpStatus.BAD_REQUEST,
                    "invalid_request",
                    new Rejected("events_invalid", "An event's payload is no object", null));
        }
        count(sender.name(), events.take(sender, token, all) ? "taken" : "repeated", 1);
        return ResponseEntity.accepted().cacheControl(CacheControl.noStore()).build();
    }

    private static boolean isSecurityEvent(@Nullable String type) {
        try {
            return type != null && MediaType.parseMediaType(type).equalsTypeAndSubtype(TYPE);
        } catch (InvalidMediaTypeException e) {
            return false;
        }
    }

    private static String error(Rejected why) {
        return ERRORS.entrySet().stream()
                .filter(known -> known.getKey().wire().equals(why.reason()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse("invalid_request");
    }

    private ResponseEntity<Object> refused(Registered sender, HttpStatus status, String error, Rejected why) {
        audit.recordRefusal(AuditEvent.of("security_event.refused")
                .with("transmitter", sender.name())
                .with("reason", why.reason())
                .with("detail", why.detail()));
        count(sender.name(), "refused", 1);
        return answer(
                status,
                error,
                switch (error) {
                    case "authentication_failed" -> "The Authorization header is not the one that is configured here.";
                    case "invalid_issuer" -> "The issuer is not the one that is registered here.";
                    case "invalid_audience" -> "The token is for another audience.";
                    case "invalid_key" -> "The token could not be verified with a published key of its issuer.";
                    default -> "The body is not a security event as RFC 8417 and SSF 1.0 have it.";
                });
    }

    private static ResponseEntity<Object> answer(HttpStatus status, String error, String description) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("err", error);
        body.put("description", description);
        ResponseEntity.BodyBuilder answer = ResponseEntity.status(status)
                .cacheControl(CacheControl.noStore())
                .header(HttpHeaders.CONTENT_LANGUAGE, "en")
                .contentType(MediaType.APPLICATION_JSON);
        if (status == HttpStatus.SERVICE_UNAVAILABLE) {
            answer.header(HttpHeaders.RETRY_AFTER, "5");
        }
        return answer.body(body);
    }

    private void count(String transmitter, String outcome, int by) {
        registry.counter("errand.security.events.received", "transmitter", transmitter, "outcome", outcome)
                .increment(by);
    }
}
