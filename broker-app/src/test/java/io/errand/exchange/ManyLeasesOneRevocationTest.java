package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Wire.Answer;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;

/** A sweep is a few statements, however many leases it finds. */
@BrokerTest
class ManyLeasesOneRevocationTest {

    private static final int MANY = 22_000;

    private final String agent = Scene.name("agent");
    private final Operators operators;
    private final JdbcClient jdbc;

    ManyLeasesOneRevocationTest(@LocalServerPort int port, @Autowired JdbcClient jdbc) {
        operators = new Operators(new Scene(port));
        this.jdbc = jdbc;
    }

    @Test
    void aRevocationOfTwentyTwoThousandLeasesIsAnsweredWithAllOfThemEnded() {
        jdbc.sql("""
                        WITH t AS (
                          INSERT INTO task (id, root_id, depth, agent_id, agent, subject, type, purpose, declaration, ceiling,
                                            token_id, state, expires_at)
                          SELECT id, id, 0, id, :agent, 'agent:' || :agent, 'triage', 'many', '{}', '[]', id, 'active',
                                 now() + interval '1 hour'
                            FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, :many)) AS ids
                          RETURNING id)
                        INSERT INTO lease (id, task_id, agent, tool, actions, backend, binding, state, expires_at, due_at)
                        SELECT gen_random_uuid(), id, :agent, 'many', '{read}', 'jwt',
                               '{"tool": "many", "actions": ["read"], "config": {}}', 'active',
                               now() + interval '1 hour', now() + interval '1 hour'
                          FROM t
                        """).param("agent", agent).param("many", MANY).update();

        long start = System.nanoTime();
        Answer revocation = operators.revoke(Map.of("agent", agent), true);
        long millis = (System.nanoTime() - start) / 1_000_000;

        System.out.println("A revocation of " + MANY + " leases and tasks was answered in " + millis + " ms");
        assertThat(revocation.status()).as(revocation.text()).isEqualTo(202);
        assertThat(revocation.json().path("matched").asInt()).isEqualTo(MANY);
        assertThat(count("SELECT count(*) FROM lease WHERE agent = :agent AND state IN ('pending', 'active')"))
                .isZero();
        assertThat(count("SELECT count(*) FROM task WHERE agent = :agent AND state = 'active'"))
                .isZero();
        assertThat(count("SELECT count(*) FROM audit_event WHERE agent = :agent AND kind = 'lease.revoking'"))
                .isEqualTo(MANY);
        assertThat(count("SELECT count(*) FROM audit_event WHERE agent = :agent AND kind = 'task.cancelled'"))
                .isEqualTo(MANY);
        operators.unlock(revocation);
        // Nothing was ever made for them; the worker has better things to do.
        jdbc.sql(
                        "UPDATE lease SET state = 'revoked', version = version + 1 WHERE agent = :agent AND state <> 'revoked'")
                .param("agent", agent)
                .update();
    }

    private long count(String sql) {
        return jdbc.sql(sql).param("agent", agent).query(Long.class).single();
    }
}
