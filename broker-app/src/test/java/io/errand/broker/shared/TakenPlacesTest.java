package io.errand.broker.shared;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.errand.broker.database.CurrentTransaction;
import io.errand.broker.database.Sql;
import io.errand.testing.BrokerTest;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/** An insert that finds its place taken is made again with another, within the transaction that nobody waited in. */
@BrokerTest
class TakenPlacesTest {

    @Autowired
    private CurrentTransaction transaction;

    @Autowired
    private TransactionTemplate within;

    @Autowired
    private JdbcClient jdbc;

    @BeforeEach
    void places() {
        jdbc.sql("CREATE TABLE place_of_test (n int PRIMARY KEY, who text NOT NULL)")
                .update();
        jdbc.sql("INSERT INTO place_of_test VALUES (1, 'first')").update();
    }

    @AfterEach
    void gone() {
        jdbc.sql("DROP TABLE place_of_test").update();
    }

    @Test
    void anotherPlaceIsTaken() {
        Supplier<Integer> place = Objects.requireNonNull(within.execute(status -> {
            Supplier<Integer> drawn = take(List.of(1, 1, 2).iterator());
            transaction.insert("INSERT INTO place_of_test VALUES (:n, 'beside')", Map.of("n", 3));
            return drawn;
        }));

        assertThat(place.get()).isEqualTo(2);
        assertThat(jdbc.sql("SELECT who FROM place_of_test ORDER BY n")
                        .query(String.class)
                        .list())
                .containsExactly("first", "second", "beside");
    }

    @Test
    void whereNoneIsFreeNothingIsCommitted() {
        assertThatThrownBy(() -> within.executeWithoutResult(status -> {
                    transaction.insert("INSERT INTO place_of_test VALUES (:n, 'beside')", Map.of("n", 3));
                    take(Stream.generate(() -> 1).iterator());
                }))
                .isInstanceOf(IllegalStateException.class);

        assertThat(jdbc.sql("SELECT count(*) FROM place_of_test")
                        .query(Integer.class)
                        .single())
                .isOne();
    }

    private Supplier<Integer> take(Iterator<Integer> places) {
        return transaction.insert(
                () -> new Sql(
                        "INSERT INTO place_of_test VALUES (:n, 'second') ON CONFLICT DO NOTHING RETURNING n",
                        Map.of("n", places.next())),
                (row, n) -> row.getInt(1));
    }
}
