package io.errand.broker.shared;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.RowMapper;
import org.springframework.jdbc.core.SqlTypeValue;
import org.springframework.jdbc.core.StatementCreatorUtils;
import org.springframework.jdbc.core.namedparam.MapSqlParameterSource;
import org.springframework.jdbc.core.namedparam.NamedParameterUtils;
import org.springframework.jdbc.core.namedparam.ParsedSql;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * The database transaction under way: its time, and the inserts of it that nobody waits for. These are sent in one go, in their
 * order, before anything else is asked within the transaction and at the latest before it commits: they are as much part of it as
 * all others, and cost one round trip together.
 */
public class CurrentTransaction {

    private final JdbcTemplate template;
    private final Map<String, ParsedSql> parsed = new ConcurrentHashMap<>();

    private CurrentTransaction(JdbcTemplate template) {
        this.template = template;
    }

    /** A statement with named parameters. */
    public record Sql(String text, Map<String, ? extends @Nullable Object> values) {}

    private record Bound(ParsedSql sql, MapSqlParameterSource values) {}

    /** Kept with the thread while its transaction is under way. */
    private final class State implements TransactionSynchronization {

        private final List<Bound> unsent = new ArrayList<>();
        private @Nullable Instant now;
        private @Nullable Long epoch;
        private boolean closing;

        @Override
        public int getOrder() {
            return LOWEST_PRECEDENCE;
        }

        @Override
        public void suspend() {
            TransactionSynchronizationManager.unbindResource(CurrentTransaction.this);
        }

        @Override
        public void resume() {
            TransactionSynchronizationManager.bindResource(CurrentTransaction.this, this);
        }

        @Override
        public void beforeCommit(boolean readOnly) {
            send(this);
            closing = true;
        }

        @Override
        public void afterCompletion(int status) {
            TransactionSynchronizationManager.unbindResourceIfPossible(CurrentTransaction.this);
        }
    }

    /** Has an insert carried out within the transaction; outside of one it is carried out at once. */
    public void insert(String sql, Map<String, ? extends @Nullable Object> values) {
        Bound insert = parsed(sql, values);
        State state = state();
        if (state == null || state.closing) {
            send(List.of(insert));
        } else {
            state.unsent.add(insert);
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

        private T read(@Nullable ResultSet found) throws SQLException {
            List<R> rows = new ArrayList<>();
            while (found != null && found.next()) {
                rows.add(Objects.requireNonNull(mapper.mapRow(found, rows.size())));
            }
            return answer.apply(rows);
        }
    }

    /** In one round trip. */
    public <T> T hold(Hold<?, T> one) {
        List<Bound> all = List.of(parsed(one.locks()), parsed(one.read()));
        return Objects.requireNonNull(template.execute(joined(all), (PreparedStatement statement) -> {
            bind(all, statement);
            statement.execute();
            return one.read(next(statement));
        }));
    }

    /** Both in one round trip; locks are taken in their order. */
    public <A, B, T> T hold(Hold<?, A> one, Hold<?, B> other, BiFunction<A, B, T> together) {
        List<Bound> all = List.of(parsed(one.locks()), parsed(other.locks()), parsed(one.read()), parsed(other.read()));
        return Objects.requireNonNull(template.execute(joined(all), (PreparedStatement statement) -> {
            bind(all, statement);
            statement.execute();
            next(statement);
            A first = one.read(next(statement));
            return together.apply(first, other.read(next(statement)));
        }));
    }

    private static @Nullable ResultSet next(PreparedStatement statement) throws SQLException {
        statement.getMoreResults();
        return statement.getResultSet();
    }

    /** The database's {@code now()}, which is the same all through a transaction. */
    public Instant now() {
        State state = state();
        if (state != null && state.now != null) {
            return state.now;
        }
        Instant now = Objects.requireNonNull(template.queryForObject("SELECT now()", OffsetDateTime.class))
                .toInstant();
        began(now);
        return now;
    }

    /** A statement of the transaction has read {@code now()} beside other things. */
    public void began(Instant now) {
        State state = state();
        if (state != null) {
            state.now = now;
        }
    }

    /** A statement of the transaction has read the epoch, after it took what keeps agents and tools from changing. */
    public void holds(long epoch) {
        State state = state();
        if (state != null) {
            state.epoch = epoch;
        }
    }

    /** Whether nothing registered has changed between what this request went by and what the transaction holds. */
    public boolean isUnchanged() {
        State state = state();
        Long held = state == null ? null : state.epoch;
        return held != null && Epoch.goesBy(held);
    }

    private @Nullable State state() {
        if (!TransactionSynchronizationManager.isSynchronizationActive()
                || !TransactionSynchronizationManager.isActualTransactionActive()) {
            return null;
        }
        Object bound = TransactionSynchronizationManager.getResource(this);
        if (bound != null) {
            return (State) bound;
        }
        State state = new State();
        TransactionSynchronizationManager.bindResource(this, state);
        TransactionSynchronizationManager.registerSynchronization(state);
        return state;
    }

    private void sendUnsent() {
        if (TransactionSynchronizationManager.getResource(this) instanceof State state) {
            send(state);
        }
    }

    private void send(State state) {
        if (!state.unsent.isEmpty()) {
            List<Bound> inserts = List.copyOf(state.unsent);
            state.unsent.clear();
            send(inserts);
        }
    }

    /** Several statements in one: the driver sends them all before it waits for the first answer. */
    private void send(List<Bound> inserts) {
        template.execute(joined(inserts), (PreparedStatement statement) -> {
            bind(inserts, statement);
            return statement.execute();
        });
    }

    private Bound parsed(Sql sql) {
        return parsed(sql.text(), sql.values());
    }

    private Bound parsed(String sql, Map<String, ? extends @Nullable Object> values) {
        return new Bound(
                parsed.computeIfAbsent(sql, NamedParameterUtils::parseSqlStatement), new MapSqlParameterSource(values));
    }

    private static String joined(List<Bound> statements) {
        return statements.stream()
                .map(one -> NamedParameterUtils.substituteNamedParameters(one.sql(), one.values()))
                .collect(Collectors.joining(";\n"));
    }

    private static void bind(List<Bound> statements, PreparedStatement statement) throws SQLException {
        int place = 1;
        for (Bound one : statements) {
            for (Object value : NamedParameterUtils.buildValueArray(one.sql(), one.values(), null)) {
                StatementCreatorUtils.setParameterValue(statement, place++, SqlTypeValue.TYPE_UNKNOWN, value);
            }
        }
    }

    /** Everything that is asked by {@code JdbcClient} goes through this template. */
    private static final class InOrder extends JdbcTemplate {

        private final CurrentTransaction transaction;

        InOrder(DataSource database) {
            super(database);
            transaction = new CurrentTransaction(this);
        }

        @Override
        protected void applyStatementSettings(Statement statement) throws SQLException {
            transaction.sendUnsent();
            super.applyStatementSettings(statement);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Setup {

        @Bean
        JdbcTemplate jdbcTemplate(DataSource database) {
            return new InOrder(database);
        }

        @Bean
        CurrentTransaction currentTransaction(JdbcTemplate template) {
            return ((InOrder) template).transaction;
        }
    }
}
