package io.errand.broker.agent;

import java.util.Set;

/** What the subjects of one agent begin with, where its administrator asked for that. */
final class SubjectPrefix {

    private static final Set<String> NO_PARTS = Set.of("", ".", "..");

    private SubjectPrefix() {}

    /** It ends where a part ends, so that {@code …/ap/} is not also {@code …/apex}; and not with a scheme's own {@code ://}. */
    static boolean isOne(String text) {
        return text.length() > 1
                && (text.endsWith("/") || text.endsWith(":"))
                && !text.endsWith("//")
                && !text.endsWith("::");
    }

    /** Whether it covers the subject: something comes after it, and nothing of that leads out of it again. */
    static boolean covers(String prefix, String subject) {
        if (!subject.startsWith(prefix)) {
            return false;
        }
        for (String part : subject.substring(prefix.length()).split("[/:]", -1)) {
            if (NO_PARTS.contains(part)) {
                return false;
            }
        }
        return true;
    }
}
