package io.errand.broker.identity.admin;

import io.errand.broker.identity.Verification.Rejected;
import org.springframework.security.core.AuthenticationException;

/** How Spring Security is told that a token was not accepted; the caller is told no more than that. */
final class NoAdministrator extends AuthenticationException {

    private final transient Rejected why;

    NoAdministrator(Rejected why) {
        super("The token is not an administrator's.");
        this.why = why;
    }

    Rejected why() {
        return why;
    }
}
