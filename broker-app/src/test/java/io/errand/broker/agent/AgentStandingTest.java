package io.errand.broker.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.errand.api.AgentResource;
import io.errand.broker.database.RegistryTransactions;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.web.Resources;
import io.errand.registry.RegistryTest;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.test.context.event.ApplicationEvents;
import org.springframework.test.context.event.RecordApplicationEvents;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.support.TransactionTemplate;

@RegistryTest
@RecordApplicationEvents
class AgentStandingTest {

    @Autowired
    private AgentRegistry registry;

    @Autowired
    private Agents agents;

    @Autowired
    private JdbcClient jdbc;

    @Autowired
    private TransactionTemplate transactions;

    @Autowired
    @Qualifier(RegistryTransactions.NAME)
    private PlatformTransactionManager manager;

    @Autowired
    private ApplicationEvents events;

    @Test
    void anActiveAgentIsFoundByNameAndIdentity() {
        put("s-active", null, null);

        assertThat(agents.byName("s-active")).isEqualTo(agents.byIdentity("workloads", "s-active"));
        assertThat(agents.standing(agents.byName("s-active").orElseThrow())).isEqualTo(new Standing.Good());
        assertThat(agents.byIdentity("workloads", "S-ACTIVE")).isEmpty();
        assertThat(agents.byIdentity("people", "s-active")).isEmpty();
    }

    /** What is read stays in memory; the same version number may come to be twice, but only one of them commits. */
    @Test
    void whatWasRolledBackIsNotRemembered() {
        put("s-memory", null, null);
        Agent before = agents.byName("s-memory").orElseThrow();

        transactions.executeWithoutResult(transaction -> {
            repurpose("never");
            assertThat(agents.byName("s-memory").orElseThrow().purpose()).isEqualTo("never");
            transaction.setRollbackOnly();
        });
        assertThat(agents.byName("s-memory")).contains(before);
        repurpose("now");

        assertThat(agents.byName("s-memory").orElseThrow().purpose()).isEqualTo("now");
        assertThat(agents.byIdentity("workloads", "s-memory").orElseThrow().purpose())
                .isEqualTo("now");
    }

    /** It would have a connection of its own, which neither sees nor locks what the transaction does. */
    @Test
    void anEntityIsNotReadWithinATransactionOfSqlAlone() {
        assertThatThrownBy(() -> transactions.execute(transaction -> registry.find("s-anybody")))
                .isInstanceOf(IllegalTransactionStateException.class)
                .hasMessageContaining(RegistryTransactions.NAME);
    }

    @Test
    void whatIsDoneInSqlWithinARegistrysTransactionIsPartOfIt() {
        put("s-joined", null, null);

        assertThatThrownBy(() -> registries().executeWithoutResult(outer -> {
                    put("s-joined-too", null, null);
                    transactions.executeWithoutResult(inner -> {
                        assertThat(agents.byName("s-joined-too")).isPresent();
                        inner.setRollbackOnly();
                    });
                }))
                .isInstanceOf(UnexpectedRollbackException.class);

        assertThat(agents.byName("s-joined-too")).isEmpty();
        assertThat(agents.byName("s-joined")).isPresent();
    }

    private TransactionTemplate registries() {
        return new TransactionTemplate(manager);
    }

    private void repurpose(String purpose) {
        jdbc.sql("""
                        UPDATE agent SET version = version + 1, spec = jsonb_set(spec, '{purpose}', to_jsonb(:purpose::text))
                         WHERE name = 's-memory'
                        """).param("purpose", purpose).update();
    }

    @Test
    void aSuspendedAgentGetsNothing() {
        put("s-suspended", "suspended", null);

        assertThat(reason("s-suspended")).isEqualTo("agent_suspended");
        assertThat(agents.byIdentity("workloads", "s-suspended")).isPresent();
    }

    @Test
    void aRetiredAgentIsNobody() {
        put("s-retired", "retired", null);

        assertThat(reason("s-retired")).isEqualTo("agent_retired");
        assertThat(agents.byIdentity("workloads", "s-retired")).isEmpty();
    }

    @Test
    void theReviewDayIsTheLastGoodOne() {
        LocalDate today = jdbc.sql("SELECT (now() AT TIME ZONE 'UTC')::date")
                .query(LocalDate.class)
                .single();
        put("s-yesterday", null, today.minusDays(1));
        put("s-tomorrow", null, today.plusDays(1));

        assertThat(reason("s-yesterday")).isEqualTo("agent_past_review");
        assertThat(agents.standing(agents.byName("s-tomorrow").orElseThrow())).isEqualTo(new Standing.Good());
    }

    @Test
    void aChangeIsToldWithWhatWasBefore() {
        put("s-changed", null, null);
        put("s-changed", null, null);
        put("s-changed", "suspended", null);

        List<AgentChanged> told = events.stream(AgentChanged.class).toList();
        assertThat(told).hasSize(1);
        assertThat(told.getFirst().before().state()).isEqualTo(Agent.State.ACTIVE);
        assertThat(told.getFirst().before().version()).isEqualTo(1);
        assertThat(told.getFirst().after().state()).isEqualTo(Agent.State.SUSPENDED);
        assertThat(told.getFirst().after()).isEqualTo(agents.byName("s-changed").orElseThrow());
        assertThat(told.getFirst().who()).isEqualTo("root");
    }

    private String reason(String name) {
        return switch (agents.standing(agents.byName(name).orElseThrow())) {
            case Standing.Bad(String reason, String detail) -> reason;
            case Standing.Finishing(String reason, String detail) -> reason;
            case Standing.Good good -> "good";
        };
    }

    private void put(String name, @Nullable String state, @Nullable LocalDate reviewBy) {
        AgentResource agent = new AgentResource(
                null,
                null,
                "team@example.com",
                "Match invoices",
                List.of(new AgentResource.Identity("workloads", name)),
                List.of("triage"),
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                reviewBy,
                state,
                null,
                null);
        assertThat(registry.put(name, agent, new Resources.Change(null, false, true, "root")))
                .isInstanceOf(Result.Ok.class);
        assertThat(registry.find(name)).isNotEqualTo(Optional.empty());
    }
}
