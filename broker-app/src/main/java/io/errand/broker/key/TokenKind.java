package io.errand.broker.key;

import java.util.Map;
import java.util.Set;

/**
 * Every kind of JWT that Errand signs, told apart by {@code typ} (RFC 8725 §3.11). Credentials have that of any JWT, or of any access
 * token, since common resource servers refuse others; from task tokens they are told by their audience, which is never ours.
 */
public enum TokenKind {
    TASK_TOKEN("at+jwt"),
    DELEGATION("errand-delegation+jwt"),
    CREDENTIAL("JWT"),
    /** The same for a tool that takes access tokens only (RFC 9068); read as {@link #CREDENTIAL}. */
    ACCESS_CREDENTIAL("at+jwt"),
    RECEIPT("errand-receipt+jwt"),
    /** The report of an agent's end. */
    OFFBOARDING("errand-offboarding+jwt"),
    INTROSPECTION("token-introspection+jwt"),
    /** A Token Status List. */
    STATUS_LIST("statuslist+jwt"),
    /** A Security Event Token (RFC 8417 §2.3). */
    SECURITY_EVENT("secevent+jwt"),
    /** A call of the backend {@code http} (RFC 7523). */
    HTTP_CALL("client-authentication+jwt");

    /** The last is that of credentials which a build before signed. */
    private static final Set<String> OF_CREDENTIALS = Set.of("JWT", "at+jwt", "errand-credential+jwt");

    private final String typ;

    TokenKind(String typ) {
        this.typ = typ;
    }

    public String typ() {
        return typ;
    }

    boolean isNamed(String other) {
        return this == CREDENTIAL ? OF_CREDENTIALS.contains(other) : typ.equals(other);
    }

    boolean fits(Map<String, Object> claims) {
        Object ourselves = claims.get("iss");
        return this != CREDENTIAL || (ourselves != null && !ourselves.equals(claims.get("aud")));
    }
}
