package io.errand.broker.shared.web;

import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import org.jspecify.annotations.Nullable;

/** Which way a list goes: {@code order=asc} or {@code order=desc}. A cursor is good for the order in which it was given. */
public enum SortOrder {
    ASC,
    DESC;

    /** What was asked for; what is usual, if nothing was. */
    public static Result<SortOrder> of(@Nullable String asked, SortOrder usual) {
        return switch (asked) {
            case null -> Result.ok(usual);
            case "asc" -> Result.ok(ASC);
            case "desc" -> Result.ok(DESC);
            default -> Result.refused(Problem.badRequest("order is asc or desc."));
        };
    }

    /** SQL in which <code>{after}</code> compares with the last one of the page before, and <code>{order}</code> orders. */
    public String in(String sql) {
        return sql.replace("{after}", this == ASC ? ">" : "<").replace("{order}", name());
    }
}
