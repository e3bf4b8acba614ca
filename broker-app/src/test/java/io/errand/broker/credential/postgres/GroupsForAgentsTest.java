package io.errand.broker.credential.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.broker.credential.Backend.BindingProblem;
import io.errand.testing.OwnServer;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A group that would give an agent more than privileges on data, or for longer than its task, is refused with its reason. */
class GroupsForAgentsTest {

    /** What an administrator did, and what is said of {@code candidate} then; empty: nothing. */
    private record Case(String made, String refused) {}

    private static final List<Case> CASES = List.of(
            new Case("", ""),
            new Case("ALTER ROLE candidate LOGIN", "can become a role that can log in (candidate)"),
            new Case(
                    "CREATE ROLE person LOGIN; GRANT person TO candidate",
                    "can become a role that can log in (person)"),
            new Case(
                    "CREATE ROLE person2 LOGIN; CREATE ROLE team; GRANT person2 TO team; GRANT team TO candidate",
                    "can become a role that can log in (person2)"),
            new Case("ALTER ROLE candidate SUPERUSER", "is a superuser"),
            new Case("ALTER ROLE candidate CREATEROLE", "administrative role (candidate)"),
            new Case("ALTER ROLE candidate CREATEDB", "administrative role (candidate)"),
            new Case("GRANT pg_execute_server_program TO candidate", "administrative role (pg_execute_server_program)"),
            new Case("GRANT pg_read_all_data TO candidate", ""),
            new Case(
                    "CREATE ROLE given; GRANT given TO candidate WITH ADMIN OPTION",
                    "may grant roles to others (given)"),
            new Case("REVOKE CONNECT ON DATABASE orders FROM candidate", "may connect to the database 'orders'"));

    @ParameterizedTest
    @EnumSource
    void whatAnAgentWouldKeepIsRefused(OwnServer.Version version) {
        try (DocumentedTarget target = new DocumentedTarget(version)) {
            for (Case one : CASES) {
                target.execute(
                        "CREATE ROLE candidate",
                        "GRANT CONNECT ON DATABASE orders TO candidate",
                        "GRANT candidate TO errand_broker WITH ADMIN OPTION");
                if (!one.made.isEmpty()) {
                    target.execute(one.made);
                }

                List<BindingProblem> problems =
                        target.backend.check(DocumentedTarget.binding("candidate", "orders_writer"));

                if (one.refused.isEmpty()) {
                    assertThat(problems).as(one.made).isEmpty();
                } else {
                    assertThat(problems).as(one.made).singleElement().satisfies(problem -> {
                        assertThat(problem.member()).isEqualTo("roles.read");
                        assertThat(problem.detail()).contains(one.refused);
                    });
                }
                target.execute("DROP OWNED BY candidate", "DROP ROLE candidate");
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void whoMayCreateIsAcceptedExpresslyWhereTheServerCannotForbidToBecomeTheGroup(OwnServer.Version version) {
        try (DocumentedTarget target = new DocumentedTarget(version, "max_prepared_transactions=5")) {
            target.execute(
                    "GRANT CREATE ON SCHEMA public TO orders_writer",
                    "GRANT CREATE ON DATABASE orders TO orders_reader");

            List<String> problems = target.backend.check(DocumentedTarget.binding()).stream()
                    .map(problem -> problem.member() + " " + problem.detail())
                    .sorted()
                    .toList();

            if (version == OwnServer.Version.POSTGRES_15) {
                assertThat(problems).hasSize(3);
                assertThat(problems.get(0)).startsWith("roles.read").contains("may create (database orders)");
                assertThat(problems.get(1)).startsWith("roles.write").contains("may create (schema public)");
                assertThat(problems.get(2)).startsWith("target").contains("max_prepared_transactions = 5");
                target.use(target.settings().accepting("set_role"));
                assertThat(target.backend.check(DocumentedTarget.binding())).isEmpty();
            } else {
                assertThat(problems).isEmpty();
            }
        }
    }
}
