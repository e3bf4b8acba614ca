package io.errand.broker.lease;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/** A million live leases are counted without reading them: all that the metrics ask stands in an index. */
@LeaseTest
class LiveLeasesAreCountedByIndexTest {

    @Autowired
    private JdbcClient jdbc;

    @Autowired
    private TransactionTemplate transaction;

    @Test
    void andNothingElse() {
        List<String> plan = transaction.execute(status -> {
            // The table is small here, and reading all of it would be cheaper.
            jdbc.sql("SET LOCAL enable_seqscan = off").update();
            jdbc.sql("SET LOCAL enable_bitmapscan = off").update();
            return jdbc.sql("EXPLAIN " + LeaseMetrics.LIVE_LEASES)
                    .query(String.class)
                    .list();
        });

        assertThat(String.join("\n", plan)).contains("Index Only Scan using lease_lane on lease");
    }
}
