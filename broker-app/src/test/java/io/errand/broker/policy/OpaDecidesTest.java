package io.errand.broker.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.broker.policy.cedar.Some;
import io.errand.broker.policy.pdp.DecisionPointProperties;
import io.errand.broker.policy.pdp.DecisionPoints;
import io.errand.broker.policy.pdp.DecisionPoints.Asked;
import io.errand.broker.shared.outbound.Outbound;
import io.errand.broker.shared.outbound.OutboundProperties;
import io.errand.testing.FreePorts;
import io.errand.testing.Vaults;
import io.errand.testing.Wire;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real decision point: Open Policy Agent, whose default decision answers in AuthZEN's shape. {@code ERRAND_OPA_BIN} names the binary,
 * else it is the one in the cache of peers; without it this is skipped, unless {@code ERRAND_REQUIRE_ALL=true}.
 */
class OpaDecidesTest {

    private static final String REGO = """
            package system

            main := {"decision": allow}

            default allow := false

            allow if {
              input.subject.type == "agent"
              input.resource.id == "orders"
              input.action.properties.actions == ["read"]
            }
            """;

    @Test
    void itsDecisionsCount(@TempDir Path directory) throws IOException {
        Path policy = Files.writeString(directory.resolve("policy.rego"), REGO);
        int port = FreePorts.next();
        Vaults.run(List.of(
                binary().toString(),
                "run",
                "--server",
                "--addr",
                "127.0.0.1:" + port,
                "--log-level",
                "error",
                policy.toString()));
        Awaitility.await("OPA")
                .atMost(Duration.ofSeconds(30))
                .ignoreExceptions()
                .until(() -> Wire.at(port).get("/health").status() == 200);
        DecisionPoints points = new DecisionPoints(
                new DecisionPointProperties(Map.of(
                        "opa",
                        new DecisionPointProperties.Point(
                                URI.create("http://127.0.0.1:" + port + "/"), Duration.ofSeconds(5), null, null))),
                new Outbound(new OutboundProperties(List.of("127.0.0.0/8"), null)));

        PolicyDecision good = confirmed(points, Some.question("reader", "issue", "orders"));
        PolicyDecision bad = confirmed(points, Some.question("reader", "issue", "payroll"));

        assertThat(good).isInstanceOf(PolicyDecision.Permit.class);
        assertThat(good.policies()).containsExactly("s@1/all", "s@1/pdp:opa");
        assertThat(bad)
                .isInstanceOfSatisfying(
                        PolicyDecision.Deny.class,
                        deny -> assertThat(deny.reason()).isEqualTo("decision_point_no"));
    }

    private static PolicyDecision confirmed(DecisionPoints points, PolicyRequest policyRequest) {
        PolicyDecision.Permit permit = new PolicyDecision.Permit(List.of("s@1/all"), null, List.of(), List.of());
        return points.confirm(permit, policyRequest, List.of(new Asked("s@1", "opa")));
    }

    private static Path binary() {
        String named = Objects.requireNonNullElse(System.getenv("ERRAND_OPA_BIN"), "");
        Optional<Path> found = Stream.of(
                        Path.of(named), Path.of(System.getProperty("user.home"), ".cache/errand-peers/opa"))
                .filter(Files::isRegularFile)
                .filter(Files::isExecutable)
                .findFirst();
        if (found.isEmpty() && !"true".equals(System.getenv("ERRAND_REQUIRE_ALL"))) {
            Assumptions.abort("no OPA (ERRAND_OPA_BIN)");
        }
        return found.orElseThrow(() -> new AssertionError("No OPA (ERRAND_OPA_BIN)"));
    }
}
