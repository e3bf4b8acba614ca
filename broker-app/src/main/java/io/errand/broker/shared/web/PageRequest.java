package io.errand.broker.shared.web;

import io.errand.api.Page;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Which page of a list is asked for.
 *
 * @param <K> what places are told by
 * @param after where the page before ended; null: from the first in that order
 * @param limit the most that it has
 */
public record PageRequest<K>(@Nullable K after, int limit, SortOrder order) {

    /** The most that most lists give at once. */
    public static final int MOST = 500;

    /**
     * As it came.
     *
     * @param cursor null: from the first
     * @param read what a cursor means; empty: nobody gave it
     * @param most the largest {@code limit}
     * @param order null: the usual one
     */
    public static <K> Result<PageRequest<K>> of(
            @Nullable String cursor,
            Function<String, Optional<K>> read,
            int limit,
            int most,
            @Nullable String order,
            SortOrder usual) {
        if (limit < 1 || limit > most) {
            return Result.refused(Problem.badRequest("limit is a number from 1 to " + most + "."));
        }
        Optional<K> after = Optional.ofNullable(cursor).flatMap(read);
        if (cursor != null && after.isEmpty()) {
            return Result.refused(
                    Problem.badRequest("cursor is not one that this endpoint gave; leave it out to start again."));
        }
        return SortOrder.of(order, usual).then(way -> Result.ok(new PageRequest<>(after.orElse(null), limit, way)));
    }

    /** What is found, as pages of a list that is newest first: places are told by the id of the last one. */
    public static <T> Result<Page<T>> newestFirst(
            @Nullable String cursor,
            int limit,
            @Nullable String order,
            Function<PageRequest<UUID>, List<T>> find,
            Function<T, String> id) {
        return of(cursor, Cursor::read, limit, MOST, order, SortOrder.DESC)
                .then(asked -> Result.ok(asked.page(find.apply(asked), one -> Cursor.of(id.apply(one)))));
    }

    /** How many to look for: with one more than the page has, there is another page. */
    public int rows() {
        return limit + 1;
    }

    /** @param cursor of its last one */
    public <T> Page<T> page(List<T> found, Function<T, String> cursor) {
        List<T> page = found.size() > limit ? found.subList(0, limit) : found;
        return new Page<>(page, found.size() > limit ? cursor.apply(page.getLast()) : null);
    }
}
