package io.errand.api;

import org.jspecify.annotations.Nullable;

/**
 * Whether the binding of a tool works, as a credential showed that was made, used, ended and looked for.
 *
 * @param result {@code works}, {@code failed}, or {@code not_probed} where there is nothing to probe
 * @param action the one that the credential was for: the tool's least
 * @param step where it failed: {@code check}, {@code locked}, {@code make}, {@code use} or {@code gone}; absent: it did not
 * @param detail a sentence: what was seen, or what is wrong
 * @param lease the credential's, whose receipt is kept; absent: none was asked for
 * @param receipt as a lease has it, once it was seen to be gone
 */
public record ToolProbe(
        String tool,
        String result,
        @Nullable String action,
        @Nullable String step,
        String detail,
        @Nullable String lease,
        @Nullable String receipt) {

    public static final String WORKS = "works";
    public static final String FAILED = "failed";
    public static final String NOT_PROBED = "not_probed";

    /** Nothing was made, and nothing is said against it. */
    public static ToolProbe notProbed(String tool, String why) {
        return new ToolProbe(tool, NOT_PROBED, null, null, why, null, null);
    }

    /** Before anything was made. */
    public static ToolProbe failed(String tool, @Nullable String action, String step, String why) {
        return new ToolProbe(tool, FAILED, action, step, why, null, null);
    }

    public boolean hasFailed() {
        return result.equals(FAILED);
    }
}
