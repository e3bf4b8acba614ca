package io.errand.broker.database;

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
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.RowMapper;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * The database transaction under way: its time, and the inserts of it that nobody waits for. These are sent in one go, in their
 * order, before anything else is asked within the transaction and at the latest before it commits: they are as much part of it as
 * all others, and cost one round trip together.
 */
public class CurrentTransaction {

    /** How often an insert that was in somebody's way is made, before the transaction fails. */
    private static final int TRIES = 8;

    private final JdbcTemplate template;

    private CurrentTransaction(JdbcTemplate template) {
        this.template = template;
    }

    /** Kept with the thread while its transaction is under way. */
    private final class State implements TransactionSynchronization {

        private final List<Insert> unsent = new ArrayList<>();
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
        later(new Insert(new Sql(sql, values), null));
    }

    /**
     * The same with an insert that answers with a row, and with none where somebody else has taken what it wants: then it is made
     * again with what {@code sql} says by then, which costs a round trip more.
     *
     * @return what the row said; known when the transaction has committed
     */
    public <R> Supplier<R> insert(Supplier<Sql> sql, RowMapper<R> mapper) {
        Returning<R> returning = new Returning<>(sql, mapper);
        later(new Insert(sql.get(), returning));
        return returning;
    }

    private void later(Insert insert) {
        State state = state();
        if (state == null || state.closing) {
            send(List.of(insert));
        } else {
            state.unsent.add(insert);
        }
    }

    /** @param returning null: nobody waits for what it answers */
    private record Insert(Sql sql, @Nullable Returning<?> returning) {}

    private static final class Returning<R> implements Supplier<R> {

        private final Supplier<Sql> again;
        private final RowMapper<R> mapper;
        private volatile @Nullable R row;

        Returning(Supplier<Sql> again, RowMapper<R> mapper) {
            this.again = again;
            this.mapper = mapper;
        }

        void read(ResultSet rows) throws SQLException {
            row = rows.next() ? mapper.mapRow(rows, 0) : null;
        }

        @Override
        public R get() {
            return Objects.requireNonNull(row, "the transaction has not committed");
        }
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
        return held != null && RegistryVersion.goesBy(held);
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
            List<Insert> inserts = List.copyOf(state.unsent);
            state.unsent.clear();
            send(inserts);
        }
    }

    private void send(List<Insert> inserts) {
        once(inserts);
        for (Insert insert : inserts) {
            Returning<?> returning = insert.returning();
            for (int tries = 1; returning != null && returning.row == null; tries++) {
                if (tries == TRIES) {
                    throw new IllegalStateException("Somebody else was there first, " + TRIES + " times");
                }
                once(List.of(new Insert(returning.again.get(), returning)));
            }
        }
    }

    private void once(List<Insert> inserts) {
        List<Sql> all = inserts.stream().map(Insert::sql).toList();
        template.execute(Sql.joined(all), (PreparedStatement statement) -> {
            Sql.bind(all, statement);
            boolean isRows = statement.execute();
            for (Insert insert : inserts) {
                Returning<?> returning = insert.returning();
                if (returning != null && isRows) {
                    returning.read(statement.getResultSet());
                }
                isRows = statement.getMoreResults();
            }
            return true;
        });
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
