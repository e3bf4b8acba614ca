package io.errand.client;

import org.jspecify.annotations.Nullable;

/** No answer came, and nobody knows what was done. Whatever was issued ends with its task's {@code ttl}. */
public final class Unanswered extends ErrandException {

    private static final long serialVersionUID = 1L;

    Unanswered(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
