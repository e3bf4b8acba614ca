package io.errand.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.errand.broker.shared.Ids;
import io.errand.testing.BesideOthers;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Databases of before the baseline become what the baseline makes, with all that is in them, or are left as they are. */
@BesideOthers
class AdoptionTest {

    private static final List<Integer> CHAIN = List.of(
            1, 3, 5, 7, 8, 10, 11, 12, 14, 15, 16, 18, 19, 20, 21, 22, 23, 24, 26, 28, 30, 31, 32, 34, 35, 36, 40, 42,
            45, 46, 47, 48);

    @Test
    void becomesWhatTheBaselineMakes() {
        Schema adopted = Schema.ofDevelopment(CHAIN);
        List<String> events =
                IntStream.range(0, 500).mapToObj(n -> Ids.next().toString()).toList();
        events.forEach(id -> adopted.execute(event(id)));
        String far = "0fffffff-0000-7000-8000-000000000000";
        adopted.execute(event(far));

        adopted.migrated("");

        assertThat(adopted.objects())
                .isEqualTo(Schema.empty().migrated("").objects())
                .hasSizeGreaterThan(300);
        assertThat(adopted.rows("SELECT id FROM audit_event ORDER BY id"))
                .containsExactlyElementsOf(
                        Stream.concat(events.stream(), Stream.of(far)).toList());
        assertThat(adopted.rows("SELECT id FROM audit_event_default")).containsExactly(far);
        assertThat(adopted.rows(
                        "SELECT version || ' ' || type FROM flyway_schema_history ORDER BY installed_rank LIMIT 2"))
                .containsExactly("1 BASELINE", "2026.11.30.1 SQL");
        adopted.execute(event(Ids.next().toString()));
        adopted.migrated("");
        assertThat(adopted.rows("SELECT count(*) FROM audit_event")).containsExactly("502");
    }

    @Test
    void replicasThatStartTogetherAdoptItOnce() throws Exception {
        Schema schema = Schema.ofDevelopment(CHAIN);

        try (var replicas = Executors.newVirtualThreadPerTaskExecutor()) {
            for (var one : replicas.invokeAll(List.of(() -> schema.migrated(""), () -> schema.migrated("")))) {
                one.get();
            }
        }

        assertThat(schema.objects()).isEqualTo(Schema.empty().migrated("").objects());
    }

    @Test
    void unfinishedChainIsLeftAndTold() {
        Schema schema = Schema.ofDevelopment(CHAIN.subList(0, CHAIN.size() - 2));
        List<String> before = schema.objects();

        assertThatThrownBy(() -> schema.migrated(""))
                .hasMessageContaining("lacks its migrations V47, V48")
                .hasMessageContaining("Nothing was changed")
                .hasMessageContaining("Start the last version that has them once on this database");

        assertThat(schema.objects()).isEqualTo(before);
        assertThat(schema.rows("SELECT count(*) FROM flyway_schema_history")).containsExactly("30");
    }

    private static String event(String id) {
        return "INSERT INTO audit_event (id, at, kind, details) VALUES ('" + id + "', now(), 'test', '{}')";
    }
}
