package io.errand.broker.shared.web;

import io.errand.broker.shared.Problem;
import java.io.IOException;
import java.io.Serial;
import java.util.Map;
import org.springframework.http.HttpStatus;

/** A body went past its limit while it was read. */
final class BodyTooLarge extends IOException {

    @Serial
    private static final long serialVersionUID = 1;

    static final Problem PROBLEM = new Problem(
            HttpStatus.BAD_REQUEST,
            "body-too-large",
            "The body is too large: 64 KiB, or 1 MiB for policies and issuers. Send less.",
            Map.of());

    BodyTooLarge() {
        super("The body is larger than its limit.");
    }
}
