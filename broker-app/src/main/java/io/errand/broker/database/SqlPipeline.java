package io.errand.broker.database;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.RowMapper;
import org.springframework.stereotype.Component;

/** Statements that are sent together in one round trip. Each is answered by the state at the time when the database reaches it. */
@Component
public class SqlPipeline {

    private final JdbcTemplate template;

    SqlPipeline(JdbcTemplate template) {
        this.template = template;
    }

    public RoundTrip plan() {
        return new RoundTrip();
    }

    /** Used by one thread, and sent once. */
    public final class RoundTrip {

        private final List<PendingResult<?, ?>> stops = new ArrayList<>();

        private RoundTrip() {}

        /**
         * Adds a query, to be carried out after those that were added before.
         *
         * @return what {@code answer} makes of its rows, once the trip was sent
         */
        public <R, T> Supplier<T> ask(Sql sql, RowMapper<R> mapper, Function<List<R>, T> answer) {
            PendingResult<R, T> stop = new PendingResult<>(sql, mapper, answer);
            stops.add(stop);
            return stop;
        }

        /** In one round trip. */
        public void send() {
            List<Sql> all = stops.stream().map(PendingResult::sql).toList();
            template.execute(Sql.joined(all), (PreparedStatement statement) -> {
                Sql.bind(all, statement);
                boolean isRows = statement.execute();
                for (PendingResult<?, ?> stop : stops) {
                    if (!isRows) {
                        throw new IllegalStateException("This asked for nothing: " + stop.sql());
                    }
                    stop.read(statement.getResultSet());
                    isRows = statement.getMoreResults();
                }
                return true;
            });
        }
    }

    /**
     * Locks, and what is read when they are held.
     *
     * @param read has its snapshot from when the locks of all that are held together are held
     */
    public record Hold<R, T>(Sql locks, Sql read, RowMapper<R> mapper, Function<List<R>, T> answer) {

        /** The same, with another answer. */
        public <U> Hold<R, U> then(Function<T, U> next) {
            return new Hold<>(locks, read, mapper, answer.andThen(next));
        }

        private void lock(RoundTrip trip) {
            trip.ask(locks, (row, n) -> true, List::size);
        }

        private Supplier<T> read(RoundTrip trip) {
            return trip.ask(read, mapper, answer);
        }
    }

    /** In one round trip. */
    public <T> T hold(Hold<?, T> one) {
        RoundTrip trip = plan();
        one.lock(trip);
        Supplier<T> answer = one.read(trip);
        trip.send();
        return answer.get();
    }

    /** Both in one round trip; locks are taken in their order. */
    public <A, B, T> T hold(Hold<?, A> one, Hold<?, B> other, BiFunction<A, B, T> together) {
        RoundTrip trip = plan();
        one.lock(trip);
        other.lock(trip);
        Supplier<A> first = one.read(trip);
        Supplier<B> second = other.read(trip);
        trip.send();
        return together.apply(first.get(), second.get());
    }

    private static final class PendingResult<R, T> implements Supplier<T> {

        private final Sql sql;
        private final RowMapper<R> mapper;
        private final Function<List<R>, T> answer;
        private final List<R> rows = new ArrayList<>();
        private @Nullable T answered;

        PendingResult(Sql sql, RowMapper<R> mapper, Function<List<R>, T> answer) {
            this.sql = sql;
            this.mapper = mapper;
            this.answer = answer;
        }

        Sql sql() {
            return sql;
        }

        void read(ResultSet found) throws SQLException {
            while (found.next()) {
                rows.add(Objects.requireNonNull(mapper.mapRow(found, rows.size())));
            }
            answered = answer.apply(rows);
        }

        @Override
        public T get() {
            return Objects.requireNonNull(answered, "the trip was not sent");
        }
    }
}
