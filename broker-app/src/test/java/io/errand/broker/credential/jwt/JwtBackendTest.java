package io.errand.broker.credential.jwt;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.api.AuthorizationDetail;
import io.errand.broker.credential.Backend.BindingProblem;
import io.errand.broker.credential.Backend.Remains;
import io.errand.broker.credential.Destruction;
import io.errand.broker.credential.Issuing;
import io.errand.broker.credential.Order;
import io.errand.broker.credential.Term;
import io.errand.broker.credential.ToolBinding;
import io.errand.broker.credential.Use;
import io.errand.broker.key.Keys;
import io.errand.broker.key.TokenKind;
import io.errand.broker.shared.ErrandProperties;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.Secret;
import io.errand.testing.BrokerTest;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

/** A token for one audience: what it says, and when it may be called gone. */
@BrokerTest
class JwtBackendTest {

    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05.678Z");

    @Autowired
    private Keys keys;

    @Autowired
    private ErrandProperties errand;

    private JwtBackend backend;

    @BeforeEach
    void start() {
        backend = at(NOW);
    }

    @Test
    void aTokenNamesItsTaskAndItsToolAlone() {
        UUID lease = Ids.next();
        ToolBinding toolBinding =
                binding(Map.of("audience", "https://erp.example", "claims", Map.of("tenant", "emea")));
        Order order = new Order(
                lease,
                toolBinding,
                List.of("read"),
                Term.between(NOW, NOW.plusSeconds(60)),
                Term.between(NOW, NOW.plusSeconds(120)),
                Map.of(
                        "task", "t-1",
                        "root", "t-0",
                        "agent", "clerk",
                        "sub", "person:https://login.example:ann",
                        "act", Map.of("sub", "agent:clerk"),
                        "authorization_details",
                                List.of(
                                        AuthorizationDetail.of("erp", List.of("read")),
                                        AuthorizationDetail.of("other", List.of("write")))));

        Issuing.Issued issued = (Issuing.Issued) backend.issue(order, reference -> true);

        assertThat(issued.data().keySet()).containsExactly("token", "valid_until");
        assertThat(issued.validUntil()).isEqualTo(Instant.parse("2026-01-02T03:05:05Z"));
        assertThat(keys.read(TokenKind.TASK_TOKEN, token(issued))).isEmpty();
        Map<String, Object> claims =
                keys.read(TokenKind.CREDENTIAL, token(issued)).orElseThrow();
        assertThat(claims)
                .containsEntry("iss", BrokerTest.ISSUER)
                .containsEntry("aud", "https://erp.example")
                .containsEntry("sub", "person:https://login.example:ann")
                .containsEntry("jti", lease.toString())
                .containsEntry("client_id", "clerk")
                .containsEntry("act", Map.of("sub", "agent:clerk"))
                .containsEntry("task", Map.of("id", "t-1", "root", "t-0"))
                .containsEntry("tenant", "emea")
                .containsEntry("scope", "erp:read")
                .containsEntry(
                        "authorization_details",
                        List.of(Map.of("type", "tool_access", "identifier", "erp", "actions", List.of("read"))));
        assertThat(seconds(claims, "iat")).isEqualTo(NOW.getEpochSecond());
        assertThat(seconds(claims, "exp")).isEqualTo(issued.validUntil().getEpochSecond());
    }

    /** As a probe uses it: what is published is all that counts. */
    @Test
    void aTokenIsVerifiedWithThePublishedKeys() {
        ToolBinding toolBinding = binding(Map.of("audience", "https://erp.example"));
        Instant now = Instant.now();
        Term term = Term.between(now, now.plusSeconds(60));
        Issuing.Issued issued = (Issuing.Issued) backend.issue(
                new Order(
                        UUID.randomUUID(), toolBinding, List.of("read"), term, term, Map.of("agent", "a", "task", "t")),
                reference -> true);

        assertThat(backend.use(toolBinding, issued.data())).isInstanceOf(Use.Worked.class);
        assertThat(backend.use(binding(Map.of("audience", "https://other.example")), issued.data()))
                .isInstanceOf(Use.Failed.class);
        assertThat(TokenUse.verify(token(issued), List.of(), "https://erp.example"))
                .isInstanceOf(Use.Failed.class);
        String token = token(issued);
        assertThat(backend.use(
                        toolBinding,
                        Map.of("token", new Secret(token.substring(0, token.lastIndexOf('.') + 1) + "A".repeat(86)))))
                .isInstanceOf(Use.Failed.class);
    }

    @Test
    void itLingersUntilItsEndAndIsGoneThen() {
        UUID lease = Ids.next();
        ToolBinding toolBinding = binding(Map.of("audience", "https://erp.example"));
        Issuing.Issued issued = (Issuing.Issued) backend.issue(
                new Order(
                        lease,
                        toolBinding,
                        List.of("read"),
                        Term.between(NOW, NOW.plusSeconds(60)),
                        Term.between(NOW, NOW.plusSeconds(60)),
                        Map.of("agent", "clerk")),
                reference -> true);
        Remains remains = new Remains(lease, toolBinding, issued.reference());

        assertThat(backend.destroy(remains)).isEqualTo(new Destruction.Lingers(issued.validUntil()));
        assertThat(at(issued.validUntil()).destroy(remains))
                .isInstanceOfSatisfying(
                        Destruction.Gone.class, gone -> assertThat(gone.kind()).isEqualTo("expired"));
        assertThat(backend.destroy(new Remains(lease, toolBinding, null)))
                .isInstanceOfSatisfying(
                        Destruction.Gone.class, gone -> assertThat(gone.kind()).isEqualTo("absent"));
        assertThat(backend.destroy(new Remains(lease, toolBinding, "garbage"))).isInstanceOf(Destruction.Retry.class);
    }

    @Test
    void aBindingIsCheckedBeforeAnythingDependsOnIt() {
        assertThat(members(Map.of("audience", "https://erp.example", "alg", "RS256")))
                .isEmpty();
        assertThat(members(Map.of())).containsExactly("audience");
        assertThat(members(Map.of("audience", " "))).containsExactly("audience");
        assertThat(members(Map.of("audience", BrokerTest.ISSUER))).containsExactly("audience");
        assertThat(members(Map.of("audience", BrokerTest.ISSUER + "/"))).containsExactly("audience");
        assertThat(members(Map.of("audience", BrokerTest.ISSUER + "/admin"))).containsExactly("audience");
        assertThat(members(Map.of("audience", "a", "alg", "none"))).containsExactly("alg");
        assertThat(members(Map.of("audience", "a", "typ", "at+jwt"))).isEmpty();
        assertThat(members(Map.of("audience", "a", "typ", "errand"))).containsExactly("typ");
        assertThat(members(Map.of("audience", "a", "claims", Map.of("exp", 1)))).containsExactly("claims.exp");
        assertThat(members(Map.of("audience", "a", "claims", Map.of("scope", "x"))))
                .containsExactly("claims.scope");
        assertThat(members(Map.of("audience", "a", "secret", "x"))).containsExactly("secret");
    }

    private JwtBackend at(Instant now) {
        return new JwtBackend(keys, errand, Clock.fixed(now, ZoneOffset.UTC));
    }

    private static ToolBinding binding(Map<String, Object> config) {
        return new ToolBinding("erp", List.of("read"), config);
    }

    private List<String> members(Map<String, Object> config) {
        return backend.check(binding(config)).stream()
                .map(BindingProblem::member)
                .toList();
    }

    private static long seconds(Map<String, Object> claims, String claim) {
        return claims.get(claim) instanceof Number number ? number.longValue() : -1;
    }

    private static String token(Issuing.Issued issued) {
        return issued.data().get("token") instanceof Secret token ? token.reveal() : "";
    }
}
