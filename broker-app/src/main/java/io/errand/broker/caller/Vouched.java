package io.errand.broker.caller;

import io.errand.broker.identity.Identity;
import io.errand.broker.identity.IssuerPurpose;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a credential of another deployment says of who asked there, for whom and by whose approval: that deployment's word. */
public final class Vouched {

    private Vouched() {}

    /** Null: the token is no such credential. */
    public static @Nullable Map<String, Object> by(Identity identity) {
        if (identity.purpose() != IssuerPurpose.ERRAND) {
            return null;
        }
        Map<String, Object> vouched = new LinkedHashMap<>();
        for (String claim : new String[] {"iss", "sub", "client_id", "act", "task", "approval", "jti"}) {
            Object value = identity.claims().get(claim);
            if (value != null) {
                vouched.put(claim, value);
            }
        }
        return vouched;
    }

    /** Those through whom it came there (RFC 8693 §4.1), who are named within that deployment; empty: nobody but its subject. */
    static Map<String, Object> act(Map<String, Object> vouched) {
        return vouched.get("act") instanceof Map<?, ?> act ? named(act, vouched.get("iss")) : Map.of();
    }

    private static Map<String, Object> named(Map<?, ?> act, @Nullable Object iss) {
        Map<String, Object> named = new LinkedHashMap<>();
        named.put("sub", String.valueOf(act.get("sub")));
        // One that came to it from a third deployment says so itself.
        Object own = act.get("iss") == null ? iss : act.get("iss");
        if (own != null) {
            named.put("iss", String.valueOf(own));
        }
        if (act.get("act") instanceof Map<?, ?> inner) {
            named.put("act", named(inner, own));
        }
        return named;
    }
}
