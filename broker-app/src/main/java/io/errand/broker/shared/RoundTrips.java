package io.errand.broker.shared;

import io.errand.broker.shared.CurrentTransaction.Sql;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.RowMapper;
import org.springframework.jdbc.core.SqlTypeValue;
import org.springframework.jdbc.core.StatementCreatorUtils;
import org.springframework.jdbc.core.namedparam.MapSqlParameterSource;
import org.springframework.jdbc.core.namedparam.NamedParameterUtils;
import org.springframework.jdbc.core.namedparam.ParsedSql;
import org.springframework.stereotype.Component;

/** Questions that are sent together, each of which the database answers as of when it comes to it. */
@Component
public class RoundTrips {

    private final JdbcTemplate template;
    private final Map<String, ParsedSql> parsed = new ConcurrentHashMap<>();

    RoundTrips(JdbcTemplate template) {
        this.template = template;
    }

    public Trip plan() {
        return new Trip();
    }

    /** Used by one thread, and sent once. */
    public final class Trip {

        private final List<Stop<?, ?>> stops = new ArrayList<>();

        private Trip() {}

        /**
         * Adds a query, to be carried out after those that were added before.
         *
         * @return what {@code answer} makes of its rows, once the trip was sent
         */
        public <R, T> Supplier<T> ask(Sql sql, RowMapper<R> mapper, Function<List<R>, T> answer) {
            Stop<R, T> stop = new Stop<>(
                    parsed.computeIfAbsent(sql.text(), NamedParameterUtils::parseSqlStatement),
                    new MapSqlParameterSource(sql.values()),
                    mapper,
                    answer);
            stops.add(stop);
            return stop;
        }

        /** In one round trip. */
        public void send() {
            template.execute(
                    stops.stream().map(Stop::text).collect(Collectors.joining(";\n")),
                    (PreparedStatement statement) -> {
                        int place = 1;
                        for (Stop<?, ?> stop : stops) {
                            place = stop.bind(statement, place);
                        }
                        boolean isRows = statement.execute();
                        for (Stop<?, ?> stop : stops) {
                            if (!isRows) {
                                throw new IllegalStateException("This asked for nothing: " + stop.text());
                            }
                            stop.read(statement.getResultSet());
                            isRows = statement.getMoreResults();
                        }
                        return true;
                    });
        }
    }

    private static final class Stop<R, T> implements Supplier<T> {

        private final ParsedSql sql;
        private final MapSqlParameterSource values;
        private final RowMapper<R> mapper;
        private final Function<List<R>, T> answer;
        private final List<R> rows = new ArrayList<>();
        private @Nullable T answered;

        Stop(ParsedSql sql, MapSqlParameterSource values, RowMapper<R> mapper, Function<List<R>, T> answer) {
            this.sql = sql;
            this.values = values;
            this.mapper = mapper;
            this.answer = answer;
        }

        String text() {
            return NamedParameterUtils.substituteNamedParameters(sql, values);
        }

        int bind(PreparedStatement statement, int from) throws SQLException {
            int place = from;
            for (Object value : NamedParameterUtils.buildValueArray(sql, values, null)) {
                StatementCreatorUtils.setParameterValue(statement, place++, SqlTypeValue.TYPE_UNKNOWN, value);
            }
            return place;
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
