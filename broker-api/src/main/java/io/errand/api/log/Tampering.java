package io.errand.api.log;

/** What was done to a log or its export, as far as what is left of it tells. */
public enum Tampering {
    CHANGED("changed"),
    REMOVED("removed"),
    INSERTED("inserted"),
    REORDERED("reordered"),
    TRUNCATED("truncated"),
    ANOTHER_LOG("another log's"),
    OLDER_STATE("an older state restored"),
    FALSE_STATEMENT("a false statement");

    private final String words;

    Tampering(String words) {
        this.words = words;
    }

    @Override
    public String toString() {
        return words;
    }
}
