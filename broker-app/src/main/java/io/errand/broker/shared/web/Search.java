package io.errand.broker.shared.web;

import io.errand.api.Page;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What administrators look for among tasks and leases; null: anything.
 *
 * @param olderThan seconds that must have passed since it was made
 * @param before the last id of the page before
 * @param order the newest first, unless it was asked for otherwise
 * @param limit of the page; one more is asked for, to know whether there is another
 */
public record Search(
        @Nullable String agent,
        @Nullable UUID task,
        @Nullable String tool,
        @Nullable String state,
        @Nullable Long olderThan,
        @Nullable UUID before,
        SortOrder order,
        int limit) {

    private static final int MAX_PAGE = 500;

    /** The query's parameters as they came; a name that Spring binds. */
    public record Query(
            @Nullable String agent,
            @Nullable String task,
            @Nullable String tool,
            @Nullable String state,
            @Nullable String older_than,
            @Nullable String cursor,
            @Nullable Integer limit,
            @Nullable String order) {

        public Result<Search> read(Set<String> states) {
            int most = limit == null ? 100 : limit;
            if (most < 1 || most > MAX_PAGE) {
                return bad("limit is a number from 1 to " + MAX_PAGE + ".");
            }
            if (state != null && !states.contains(state)) {
                return bad("state is one of " + String.join(", ", new TreeSet<>(states)) + ".");
            }
            Optional<UUID> id = Optional.ofNullable(task).flatMap(Ids::parse);
            if (task != null && id.isEmpty()) {
                return bad("task is the id of a task.");
            }
            Optional<Duration> age = Optional.ofNullable(older_than).flatMap(Query::duration);
            if (older_than != null && age.isEmpty()) {
                return bad("older_than is a duration such as PT1H.");
            }
            Optional<UUID> last = Optional.ofNullable(cursor).flatMap(Cursor::read);
            if (cursor != null && last.isEmpty()) {
                return bad("cursor is not one that this endpoint gave; leave it out to start again.");
            }
            return SortOrder.of(order, SortOrder.DESC)
                    .then(way -> Result.ok(new Search(
                            agent,
                            id.orElse(null),
                            tool,
                            state,
                            age.map(Duration::toSeconds).orElse(null),
                            last.orElse(null),
                            way,
                            most)));
        }

        private static Optional<Duration> duration(String text) {
            try {
                Duration duration = Duration.parse(text);
                return duration.isNegative() || duration.compareTo(Duration.ofDays(3650)) > 0
                        ? Optional.empty()
                        : Optional.of(duration);
            } catch (DateTimeParseException e) {
                return Optional.empty();
            }
        }

        private static Result<Search> bad(String detail) {
            return Result.refused(Problem.badRequest(detail));
        }
    }

    /** For the statement: {@code agent, task, tool, state, older, before}, and {@code rows}, one more than the page has. */
    public Map<String, @Nullable Object> parameters() {
        Map<String, @Nullable Object> parameters = new HashMap<>();
        parameters.put("agent", agent);
        parameters.put("task", task);
        parameters.put("tool", tool);
        parameters.put("state", state);
        parameters.put("older", olderThan);
        parameters.put("before", before);
        parameters.put("rows", limit + 1);
        return parameters;
    }

    public <T> Page<T> page(List<T> found, Function<T, String> id) {
        return Cursor.page(found, limit, id);
    }
}
