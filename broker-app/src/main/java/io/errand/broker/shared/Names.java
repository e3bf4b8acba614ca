package io.errand.broker.shared;

import java.util.Optional;
import java.util.regex.Pattern;

/** Names of resources: what fits in a path, a role comment and a policy without quoting. */
public final class Names {

    /** The rule as a regular expression, but for two dots in a row. */
    public static final String PATTERN = "^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$";

    private static final Pattern NAME = Pattern.compile(PATTERN);

    /** What a name is, for callers. */
    public static final String RULE = "A name has 1 to 63 characters out of a-z, 0-9, '.', '_' and '-', and begins and"
            + " ends with a letter or digit.";

    /** After every name, however the database sorts. */
    public static final String LAST = "z".repeat(64);

    /**
     * The longest subject of an identity, in bytes of UTF-8: what an agent may register, what a token may say and what may be locked
     * is one number. An entry of an index has room for it.
     */
    public static final int MAX_SUBJECT_BYTES = 2048;

    private Names() {}

    public static Optional<Problem> check(String name) {
        return NAME.matcher(name).matches() && !name.contains("..")
                ? Optional.empty()
                : Optional.of(Problem.invalidMember("name", RULE));
    }
}
