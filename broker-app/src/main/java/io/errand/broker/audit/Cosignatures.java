package io.errand.broker.audit;

import io.errand.api.log.Checkpoint;
import io.errand.api.log.WitnessKey.Cosignature;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** What witnesses have cosigned, and when they were asked. */
@Component
class Cosignatures {

    /** Of so many that were cosigned last, the one that most have is taken. */
    private static final int LATEST = 100;

    private final JdbcClient jdbc;

    Cosignatures(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** Whether it is time for this replica to ask. */
    boolean isDue(String witness, Duration interval) {
        return jdbc.sql("""
                                INSERT INTO audit_witness (name, asked_at) VALUES (:name, now())
                                ON CONFLICT (name) DO UPDATE SET asked_at = now()
                                 WHERE audit_witness.asked_at <= now() - make_interval(secs => :seconds)
                                """)
                        .param("name", witness)
                        .param("seconds", interval.toMillis() / 1000.0)
                        .update()
                == 1;
    }

    /** @param trouble why it did not cosign; null: it did */
    void asked(String witness, @Nullable String trouble) {
        jdbc.sql("UPDATE audit_witness SET trouble = :trouble WHERE name = :name")
                .param("trouble", trouble)
                .param("name", witness)
                .update();
    }

    /** Why a witness did not cosign when it was last asked; empty: it did, or was not asked yet. */
    Optional<String> trouble(String witness) {
        return jdbc.sql("SELECT trouble FROM audit_witness WHERE name = :name AND trouble IS NOT NULL")
                .param("name", witness)
                .query(String.class)
                .optional();
    }

    /** How many entries the log had when the witness last cosigned; 0: it never did. The primary key. */
    long last(int log, String witness) {
        return jdbc.sql("SELECT coalesce(max(size), 0) FROM audit_cosignature WHERE log = :log AND witness = :witness")
                .param("log", log)
                .param("witness", witness)
                .query(Long.class)
                .single();
    }

    void keep(int log, long size, String witness, Cosignature cosignature) {
        jdbc.sql("""
                        INSERT INTO audit_cosignature (log, witness, size, line, signed_at)
                        VALUES (:log, :witness, :size, :line, :at) ON CONFLICT DO NOTHING
                        """)
                .param("log", log)
                .param("witness", witness)
                .param("size", size)
                .param("line", cosignature.line())
                .param("at", cosignature.at().atOffset(ZoneOffset.UTC))
                .update();
    }

    /** The checkpoint with its cosignatures. Index audit_cosignature_size. */
    Checkpoint on(int log, Checkpoint checkpoint) {
        return checkpoint.with(
                jdbc.sql("SELECT line FROM audit_cosignature WHERE log = :log AND size = :size ORDER BY witness")
                        .param("log", log)
                        .param("size", checkpoint.size())
                        .query(String.class)
                        .list());
    }

    /** The size, more than that many entries and no more than these, that most witnesses have cosigned lately. */
    Optional<Long> best(int log, long more, long most) {
        record Cosigned(long size, long witnesses) {}
        return jdbc
                .sql("""
                        SELECT size, count(*) AS witnesses FROM audit_cosignature
                         WHERE log = :log AND size > :more AND size <= :most GROUP BY size ORDER BY size DESC LIMIT :latest
                        """)
                .param("log", log)
                .param("more", more)
                .param("most", most)
                .param("latest", LATEST)
                .query((row, n) -> new Cosigned(row.getLong("size"), row.getLong("witnesses")))
                .list()
                .stream()
                .max(Comparator.comparingLong(Cosigned::witnesses).thenComparingLong(Cosigned::size))
                .map(Cosigned::size);
    }
}
