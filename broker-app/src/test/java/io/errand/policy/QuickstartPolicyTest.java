package io.errand.policy;

import static io.errand.policy.Ask.toRead;
import static org.assertj.core.api.Assertions.assertThat;

import io.errand.broker.policy.Policies;
import io.errand.broker.policy.PolicyDecision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;

/** The demo's policy gives what the demo needs and nothing else. */
@PolicyTest
class QuickstartPolicyTest {

    private static final Path POLICY = Path.of("../examples/quickstart/policy.cedar");

    @Autowired
    private Policies policies;

    @Autowired
    private PolicyAdmin admin;

    @Autowired
    private JdbcClient jdbc;

    @BeforeEach
    void inForceAlone() throws IOException {
        jdbc.sql("UPDATE policy_version SET status = 'deleted'").update();
        admin.activate("/quickstart", Files.readString(POLICY));
    }

    @Test
    void triageReads() {
        assertThat(decide(toRead())).isInstanceOf(PolicyDecision.Permit.class);
        assertThat(decide(toRead().to("use"))).isInstanceOf(PolicyDecision.Permit.class);
    }

    @Test
    void nothingElseIsPermitted() {
        assertThat(List.of(
                        toRead().as("pdf-reader"),
                        toRead().to("delegate"),
                        toRead().forTask("payroll"),
                        toRead().doing("read", "write"),
                        toRead().doing(),
                        toRead().of("restricted").in("test")))
                .allSatisfy(ask -> assertThat(decide(ask))
                        .isEqualTo(new PolicyDecision.Deny(List.of(), "no_permit", List.of(), List.of())));
    }

    @Test
    void restrictedProductionIsRefusedWithAReason() {
        assertThat(decide(toRead().of("restricted"))).isInstanceOfSatisfying(PolicyDecision.Deny.class, deny -> {
            assertThat(deny.reason()).isEqualTo("forbidden");
            assertThat(deny.policies()).singleElement().asString().endsWith("/restricted-production");
            assertThat(deny.reasons()).containsExactly("Restricted production data is closed to agents.");
        });
    }

    private PolicyDecision decide(Ask ask) {
        return policies.decide(ask.question());
    }
}
