package io.errand.client;

import org.jspecify.annotations.Nullable;

/** What keeps a task from going on: the broker said no, or did not say anything. */
public abstract sealed class ErrandException extends RuntimeException permits Refused, Unanswered {

    private static final long serialVersionUID = 1L;

    ErrandException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
