package io.errand.broker.signal.transmitter;

import io.errand.broker.identity.Issuers;
import io.errand.broker.shared.ErrandProperties;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;

/**
 * What an entry of the audit log is as a security event. A task is the session, its agent the application, and the person for whom it
 * was the user (SSF 1.0 §3.3, a complex subject).
 */
@Component
class EventsOfEntries {

    private static final String PERSON = "person:";

    private final Issuers issuers;
    private final String ourselves;

    EventsOfEntries(Issuers issuers, ErrandProperties errand) {
        this.issuers = issuers;
        this.ourselves = errand.issuer();
    }

    /** @param claims of its token, apart from those that each has */
    record SecurityEvent(String type, Map<String, Object> claims) {}

    Optional<SecurityEvent> of(JsonNode entry) {
        return switch (entry.path("kind").asString("")) {
            // A task that its own agent cancels is a session that has ended, and was not revoked.
            case "task.cancelled" ->
                text(entry, "who").equals(text(entry, "agent").map(agent -> "agent:" + agent))
                        ? Optional.empty()
                        : Optional.of(event(EventTypes.SESSION_REVOKED, session(entry), entry, revoked(entry)));
            case "revocation.ordered" -> revocation(entry);
            case "lease.activated" ->
                Optional.of(event(EventTypes.CREDENTIAL_CHANGE, session(entry), entry, changed(entry, "create")));
            case "lease.revoking" ->
                Optional.of(event(EventTypes.CREDENTIAL_CHANGE, session(entry), entry, changed(entry, "revoke")));
            case "lease.revoked" -> Optional.of(event(EventTypes.LEASE_GONE, session(entry), entry, gone(entry)));
            default -> Optional.empty();
        };
    }

    /** Of a person or an agent: all of their sessions. What else is revoked is told task by task. */
    private Optional<SecurityEvent> revocation(JsonNode entry) {
        JsonNode scope = entry.path("details").path("scope");
        Optional<Map<String, Object>> subject = text(scope, "person")
                .map(this::person)
                .or(() -> text(scope, "agent").map(this::agent));
        return subject.map(whom -> event(EventTypes.SESSION_REVOKED, whom, entry, revoked(entry)));
    }

    private static SecurityEvent event(
            String type, Map<String, Object> subject, JsonNode entry, Map<String, Object> payload) {
        Map<String, Object> claims = new LinkedHashMap<>();
        claims.put("sub_id", subject);
        claims.put("events", Map.of(type, payload));
        text(entry.path("details"), "revocation").ifPresent(id -> claims.put("txn", id));
        return new SecurityEvent(type, claims);
    }

    private Map<String, Object> session(JsonNode entry) {
        Map<String, Object> subject = new LinkedHashMap<>();
        subject.put("format", "complex");
        text(entry, "task").ifPresent(id -> subject.put("session", opaque(id)));
        text(entry, "agent").ifPresent(name -> subject.put("application", agent(name)));
        text(entry.path("details"), "on_behalf_of").ifPresent(name -> subject.put("user", person(name)));
        return subject;
    }

    private Map<String, Object> agent(String name) {
        return issSub(ourselves, "agent:" + name);
    }

    /** By the identifier of the issuer of whom the person is; of one that is not registered any more, as the log has them. */
    private Map<String, Object> person(String name) {
        int colon = name.indexOf(':', PERSON.length());
        return !name.startsWith(PERSON) || colon < 0
                ? opaque(name)
                : issuers.byName(name.substring(PERSON.length(), colon))
                        .map(issuer -> issSub(issuer.identifier(), name.substring(colon + 1)))
                        .orElseGet(() -> opaque(name));
    }

    private static Map<String, Object> issSub(String iss, String sub) {
        Map<String, Object> subject = new LinkedHashMap<>();
        subject.put("format", "iss_sub");
        subject.put("iss", iss);
        subject.put("sub", sub);
        return subject;
    }

    private static Map<String, Object> opaque(String id) {
        Map<String, Object> subject = new LinkedHashMap<>();
        subject.put("format", "opaque");
        subject.put("id", id);
        return subject;
    }

    /** CAEP 1.0 §2: what every event may say. */
    private static Map<String, Object> occurred(JsonNode entry) {
        Map<String, Object> payload = new LinkedHashMap<>();
        text(entry, "at")
                .ifPresent(
                        at -> payload.put("event_timestamp", Instant.parse(at).getEpochSecond()));
        return payload;
    }

    private static Map<String, Object> revoked(JsonNode entry) {
        Map<String, Object> payload = occurred(entry);
        payload.put(
                "initiating_entity",
                text(entry, "who").filter(who -> who.startsWith(PERSON)).isPresent() ? "admin" : "policy");
        text(entry.path("details"), "reason").ifPresent(reason -> payload.put("reason_admin", Map.of("en", reason)));
        return payload;
    }

    private static Map<String, Object> changed(JsonNode entry, String change) {
        Map<String, Object> payload = occurred(entry);
        payload.put("credential_type", "errand-lease");
        payload.put("change_type", change);
        text(entry.path("details"), "tool").ifPresent(tool -> payload.put("friendly_name", tool));
        text(entry, "lease").ifPresent(lease -> payload.put("lease_id", lease));
        return payload;
    }

    private static Map<String, Object> gone(JsonNode entry) {
        Map<String, Object> payload = occurred(entry);
        text(entry, "lease").ifPresent(lease -> payload.put("lease_id", lease));
        text(entry, "outcome").ifPresent(outcome -> payload.put("outcome", outcome));
        for (String member : new String[] {"tool", "reason", "evidence", "receipt"}) {
            text(entry.path("details"), member).ifPresent(value -> payload.put(member, value));
        }
        return payload;
    }

    /** A member that is not there, or of which the log has a digest only, is empty. */
    private static Optional<String> text(JsonNode object, String member) {
        return Optional.of(object.path(member)).filter(JsonNode::isString).map(JsonNode::asString);
    }
}
