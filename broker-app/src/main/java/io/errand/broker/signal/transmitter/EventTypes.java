package io.errand.broker.signal.transmitter;

import java.util.List;

/** The types of security events that are sent, and the two that are about a stream itself (SSF 1.0 §8.1.4, §8.1.5). */
final class EventTypes {

    /** CAEP 1.0 §3.1. */
    static final String SESSION_REVOKED = "https://schemas.openid.net/secevent/caep/event-type/session-revoked";

    /** CAEP 1.0 §3.3. */
    static final String CREDENTIAL_CHANGE = "https://schemas.openid.net/secevent/caep/event-type/credential-change";

    /** Our own: a credential was seen to be gone from its target. */
    static final String LEASE_GONE = "urn:errand:secevent:lease-gone";

    static final String VERIFICATION = "https://schemas.openid.net/secevent/ssf/event-type/verification";

    static final List<String> SUPPORTED = List.of(SESSION_REVOKED, CREDENTIAL_CHANGE, LEASE_GONE);

    private EventTypes() {}
}
