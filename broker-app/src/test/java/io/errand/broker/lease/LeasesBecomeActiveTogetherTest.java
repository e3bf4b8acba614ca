package io.errand.broker.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.errand.broker.lease.LeaseRows.Made;
import io.errand.broker.lease.Leases.Issue;
import io.errand.broker.lease.Leases.Opened;
import io.errand.broker.task.Task;
import io.errand.testing.Postgres;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.dao.DataIntegrityViolationException;

/** PENDING to ACTIVE of many in one commit: each has a result of its own, and none waits for what somebody else holds. */
@LeaseTest
class LeasesBecomeActiveTogetherTest {

    @Autowired
    private Ground ground;

    @Autowired
    private LeaseRows rows;

    @Test
    void onlyThoseThatNobodyWasFasterWith() {
        Task task = ground.task("together");
        Opened alive = ground.open(task, Ground.cued("together"));
        Opened alsoAlive = ground.open(ground.task("together"), Ground.cued("together"));
        Opened killed = ground.open(task, Ground.cued("together"));
        ground.leases.revoke(killed.id(), "test", "person:test");
        Opened recorded = ground.open(task, Ground.cued("together"));
        assertThat(rows.record(recorded.id(), 0, "its accessor")).isTrue();
        Opened late = ground.open(task, Ground.cued("together"));
        set("UPDATE lease SET expires_at = now() - interval '1 second' WHERE id = :id", late.id());
        Task ended = ground.task("together");
        Opened ofEndedTask = ground.open(ended, Ground.cued("together"));
        set("UPDATE task SET state = 'completed', ended_at = now() WHERE id = :id", ended.id());

        assertThat(active(made(alive), made(killed), made(recorded), made(late), made(ofEndedTask), made(alsoAlive)))
                .containsExactlyInAnyOrder(alive.id(), alsoAlive.id());

        assertThat(ground.view(alive.id()).state()).isEqualTo("active");
        assertThat(reference(alive)).isEqualTo("made for " + alive.id());
        assertThat(reference(alsoAlive)).isEqualTo("made for " + alsoAlive.id());
        assertThat(ground.state(killed.id())).isEqualTo("revoking");
        assertThat(List.of(recorded, late, ofEndedTask))
                .allSatisfy(lease -> assertThat(ground.state(lease.id())).isEqualTo("pending"));
        assertThat(active(made(alive))).as("only once").isEmpty();
    }

    /** One that waited, and held what others wait for, could keep a lock from being set. */
    @Test
    void whatSomebodyElseHoldsIsLeftOutAndNotWaitedFor() throws SQLException {
        Opened free = ground.open(ground.task("held"), Ground.cued("held"));
        Opened held = ground.open(ground.task("held"), Ground.cued("held"));
        Task ending = ground.task("held");
        Opened ofEndingTask = ground.open(ending, Ground.cued("held"));
        try (Connection other = Postgres.shared().connect(database())) {
            other.setAutoCommit(false);
            lock(other, "SELECT id FROM lease WHERE id = ? FOR UPDATE", held.id());
            lock(other, "SELECT id FROM task WHERE id = ? FOR UPDATE", ending.id());

            assertThat(active(made(held), made(free), made(ofEndingTask))).containsExactly(free.id());
            other.rollback();
        }

        assertThat(ground.transaction.<Boolean>execute(
                        status -> rows.activate(made(held)).isPresent()))
                .isTrue();
        assertThat(active(made(ofEndingTask))).containsExactly(ofEndingTask.id());
    }

    /** Then each is tried alone. */
    @Test
    void oneThatCannotBeWrittenTakesTheOthersWithItAndIsToldFromADatabaseThatIsAway() {
        Opened one = ground.open(ground.task("unwritable"), Ground.cued("unwritable"));
        Opened other = ground.open(ground.task("unwritable"), Ground.cued("unwritable"));

        assertThatThrownBy(() -> active(made(one), new Made(other.id(), 0, "\0")))
                .isInstanceOf(DataIntegrityViolationException.class);
        assertThat(ground.state(one.id())).isEqualTo("pending");
    }

    @Test
    void whoComesAtOnceIsTheOnlyOneToHaveItsOwnAndHasItsEvent() throws Exception {
        List<Task> tasks = new ArrayList<>();
        List<Opened> opened = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            tasks.add(ground.task("crowded"));
            opened.add(ground.open(tasks.get(i), Ground.cued("crowded")));
            if (i % 4 == 0) {
                ground.leases.revoke(opened.get(i).id(), "test", "person:test");
            }
        }
        List<Future<Issue>> issued = new ArrayList<>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 64; i++) {
                int one = i;
                issued.add(threads.submit(() -> ground.issue(tasks.get(one), opened.get(one))));
            }
        }

        for (int i = 0; i < 64; i++) {
            UUID lease = opened.get(i).id();
            if (i % 4 == 0) {
                assertThat(issued.get(i).get()).isInstanceOf(Issue.Lost.class);
                assertThat(ground.state(lease)).isEqualTo("revoking");
                assertThat(ground.events(lease)).containsExactly("lease.revoking");
            } else {
                assertThat(issued.get(i).get())
                        .isInstanceOfSatisfying(
                                Issue.Live.class,
                                live -> assertThat(live.lease().id()).isEqualTo(lease));
                assertThat(ground.state(lease)).isEqualTo("active");
                assertThat(ground.events(lease)).containsExactly("lease.activated");
            }
        }
    }

    private List<UUID> active(Made... made) {
        Map<UUID, LeaseRows.Was> active =
                Objects.requireNonNull(ground.transaction.execute(status -> rows.activate(List.of(made))));
        return List.copyOf(active.keySet());
    }

    private static Made made(Opened lease) {
        return new Made(lease.id(), 0, "made for " + lease.id());
    }

    private String reference(Opened lease) {
        return ground.jdbc
                .sql("SELECT reference FROM lease WHERE id = :id")
                .param("id", lease.id())
                .query(String.class)
                .single();
    }

    private void set(String sql, UUID id) {
        assertThat(ground.jdbc.sql(sql).param("id", id).update()).isEqualTo(1);
    }

    private String database() {
        return ground.jdbc.sql("SELECT current_database()").query(String.class).single();
    }

    private static void lock(Connection connection, String sql, UUID id) throws SQLException {
        try (var statement = connection.prepareStatement(sql)) {
            statement.setObject(1, id);
            assertThat(statement.executeQuery().next()).isTrue();
        }
    }
}
