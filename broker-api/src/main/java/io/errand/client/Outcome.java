package io.errand.client;

import java.util.Locale;

/** How something ended. */
public enum Outcome {
    SUCCEEDED,
    FAILED;

    String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
