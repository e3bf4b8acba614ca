package io.errand.broker.key;

/** Every kind of JWT that Errand signs, told apart by {@code typ} (RFC 8725 §3.11). */
public enum TokenKind {
    TASK_TOKEN("at+jwt"),
    DELEGATION("errand-delegation+jwt"),
    CREDENTIAL("errand-credential+jwt"),
    RECEIPT("errand-receipt+jwt"),
    INTROSPECTION("token-introspection+jwt"),
    /** A Token Status List. */
    STATUS_LIST("statuslist+jwt");

    private final String typ;

    TokenKind(String typ) {
        this.typ = typ;
    }

    public String typ() {
        return typ;
    }
}
