package io.errand.signal;

import static io.errand.signal.Pushes.ACCOUNT_DISABLED;
import static io.errand.signal.Pushes.SESSION_REVOKED;
import static io.errand.signal.Pushes.issSub;
import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jwt.JWTClaimsSet;
import io.errand.testing.BrokerTest;
import io.errand.testing.Forgeries;
import io.errand.testing.PageBlock;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.TestIssuer;
import io.errand.testing.Wire.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;

/** What others say is believed of registered transmitters alone, about their own issuers, once, and it ends what it names. */
@BrokerTest
class SecurityEventsReceivedTest {

    private static final TestIssuer TRANSMITTER = new TestIssuer();
    private static final TestIssuer MAPPED = new TestIssuer();
    private static final String BEARER = "a-token-of-the-platform";

    private final Scene scene;
    private final Pushes idp;
    private final Pushes platform;
    private final Pushes ci;

    SecurityEventsReceivedTest(@LocalServerPort int port) {
        scene = new Scene(port);
        idp = new Pushes(port, "idp", TRANSMITTER);
        platform = new Pushes(port, "platform", TRANSMITTER);
        ci = new Pushes(port, "ci", TRANSMITTER);
    }

    @DynamicPropertySource
    static void configured(DynamicPropertyRegistry properties) throws IOException {
        Path token = Files.createTempFile("transmitter", ".token");
        token.toFile().deleteOnExit();
        Files.writeString(token, BEARER + "\n");
        PageBlock.of("docs/security-events.md", "transmitters")
                .with("https://login.example/realms/people/keys", TRANSMITTER.url() + "/jwks")
                .with("https://login.example/realms/people", TRANSMITTER.url())
                .with("https://platform.example/keys", TRANSMITTER.url() + "/jwks")
                .with("https://platform.example", TRANSMITTER.url())
                .with("/run/secrets/platform", token.toString())
                .settings()
                .forEach((key, value) -> properties.add(key, () -> value));
        Map.of(
                        "issuer",
                        TRANSMITTER.url(),
                        "jwks-uri",
                        TRANSMITTER.url() + "/jwks",
                        "audience",
                        "the-broker",
                        "issuers",
                        "mapped")
                .forEach((key, value) -> properties.add("errand.signal.transmitters.ci." + key, () -> value));
    }

    @AfterAll
    static void stop() {
        TRANSMITTER.close();
        MAPPED.close();
    }

    @Test
    void aRevokedSessionOfAPersonEndsWhatTheirAgentsDo() {
        String agent = agent();
        String ann = Scene.name("ann");
        JsonNode hers = granted(Scene.requestFor(ann, agent, tool(agent), "read"));
        JsonNode another = granted(Scene.requestFor(Scene.name("bob"), agent, tool(agent), "read"));
        String token = idp.token(SESSION_REVOKED, complex(issSub(Surroundings.PEOPLE.url(), ann)));

        Answer taken = idp.push(token);

        assertThat(taken.status()).as(taken.text()).isEqualTo(202);
        assertThat(taken.text()).isEmpty();
        assertThat(isLive(hers)).isFalse();
        assertThat(isLive(another)).isTrue();
        JsonNode event = received("jti", jti(token)).getFirst();
        assertThat(event.path("who").asString()).isEqualTo("transmitter:idp");
        assertThat(event.path("outcome").asString()).isEqualTo("ended");
        assertThat(event.at("/details/tasks_cancelled").asInt()).isEqualTo(1);
        assertThat(event.at("/details/scopes/0/person").asString()).isEqualTo("person:people:" + ann);
    }

    @Test
    void whereNothingGoesOnNothingIsRevoked() {
        String token = idp.token(SESSION_REVOKED, issSub(Surroundings.PEOPLE.url(), Scene.name("ann")));

        assertThat(idp.push(token).status()).isEqualTo(202);

        JsonNode event = received("jti", jti(token)).getFirst();
        assertThat(event.path("outcome").asString()).isEqualTo("ended");
        assertThat(event.at("/details/tasks_cancelled").asInt()).isZero();
        assertThat(event.at("/details/revocations").size()).isZero();
    }

    @Test
    void itIsTakenOnceHoweverOftenItComes() {
        String agent = agent();
        String ann = Scene.name("ann");
        String token = idp.token(SESSION_REVOKED, issSub(Surroundings.PEOPLE.url(), ann));
        idp.push(token);
        JsonNode later = granted(Scene.requestFor(ann, agent, tool(agent), "read"));

        Answer again = idp.push(token);
        Answer sameId = idp.push(idp.token(
                ACCOUNT_DISABLED, issSub(Surroundings.PEOPLE.url(), ann), claims -> claims.jwtID(jti(token))));

        assertThat(again.status()).isEqualTo(202);
        assertThat(sameId.status()).isEqualTo(202);
        assertThat(isLive(later)).isTrue();
        assertThat(received("jti", jti(token))).hasSize(1);
    }

    @Test
    void aDisabledAccountOfAWorkloadEndsWhatItBeganAndNothingBesideIt() {
        String agent = agent();
        JsonNode its = granted(Scene.request(agent, tool(agent), "read"));
        String other = agent();
        JsonNode others = granted(Scene.request(other, tool(other), "read"));

        Answer taken = platform.push(
                "platform",
                platform.token(ACCOUNT_DISABLED, issSub(Surroundings.WORKLOADS.url(), agent)),
                Pushes.TYPE,
                "Bearer " + BEARER);

        assertThat(taken.status()).as(taken.text()).isEqualTo(202);
        assertThat(isLive(its)).isFalse();
        assertThat(isLive(others)).isTrue();
    }

    /** A task of such a workload has a name that no event says. */
    @Test
    void aWorkloadWhoseNameIsMadeOfOtherClaimsIsNotSaidToBeEnded() {
        Answer registered = scene.admin()
                .put(
                        "/admin/v1/issuers/mapped",
                        Map.of(
                                "issuer", MAPPED.url(),
                                "jwks", Map.of("discovery", true),
                                "audiences", List.of("errand"),
                                "purpose", "workload",
                                "subject", "{repository}"));
        assertThat(registered.status()).as(registered.text()).isEqualTo(201);
        String token = ci.token(ACCOUNT_DISABLED, issSub(MAPPED.url(), "repo:orders"));

        assertThat(ci.push(token).status()).isEqualTo(202);

        JsonNode event = received("jti", jti(token)).getFirst();
        assertThat(event.path("outcome").asString()).isEqualTo("ignored");
        assertThat(event.at("/details/reason").asString()).isEqualTo("subject_is_mapped");
    }

    @Test
    void aTransmitterSpeaksAboutItsOwnIssuersAlone() {
        String agent = agent();
        JsonNode its = granted(Scene.request(agent, tool(agent), "read"));
        String token = idp.token(SESSION_REVOKED, issSub(Surroundings.WORKLOADS.url(), agent));

        Answer taken = idp.push(token);

        assertThat(taken.status()).isEqualTo(202);
        assertThat(isLive(its)).isTrue();
        JsonNode event = received("jti", jti(token)).getFirst();
        assertThat(event.path("outcome").asString()).isEqualTo("ignored");
        assertThat(event.at("/details/reason").asString()).isEqualTo("issuer_not_the_transmitters");
    }

    static Stream<Map.Entry<String, Map<String, Object>>> subjectsThatMeanNobody() {
        Map<String, Object> good = issSub(Surroundings.PEOPLE.url(), "nobody");
        return Stream.of(
                Map.entry("subject_not_understood", Map.of()),
                Map.entry("subject_not_understood", Map.of("format", "email", "email", "ann@example.com")),
                Map.entry("subject_not_understood", Map.of("format", "iss_sub", "iss", Surroundings.PEOPLE.url())),
                Map.entry("subject_not_understood", Map.of("format", "iss_sub", "iss", 1, "sub", List.of())),
                Map.entry("subject_not_understood", Map.of("format", "complex", "user", "ann")),
                Map.entry("subject_not_understood", Map.of("format", "complex", "session", good)),
                Map.entry(
                        "subject_not_understood",
                        Map.of("format", "complex", "user", Map.of("format", "complex", "user", good))),
                Map.entry(
                        "subject_not_understood",
                        Map.of("format", "aliases", "identifiers", java.util.Collections.nCopies(17, good))),
                Map.entry("subject_not_understood", Map.of("format", "uri", "uri", "spiffe://")),
                Map.entry("issuer_not_the_transmitters", Map.of("format", "uri", "uri", "spiffe://example.org/x")),
                Map.entry("issuer_not_the_transmitters", issSub("https://nobody.example", "ann")),
                Map.entry("issuer_not_the_transmitters", issSub(Surroundings.PEOPLE.url() + "/", "ann")),
                Map.entry("issuer_not_the_transmitters", issSub(Surroundings.PEOPLE.url(), " ")),
                Map.entry("issuer_not_the_transmitters", issSub(Surroundings.PEOPLE.url(), "x".repeat(2049))));
    }

    @ParameterizedTest
    @MethodSource("subjectsThatMeanNobody")
    void whoIsNotKnownIsRecordedAndNothingEnds(Map.Entry<String, Map<String, Object>> subject) {
        String token = idp.token(SESSION_REVOKED, subject.getValue());

        Answer taken = idp.push(token);

        assertThat(taken.status()).as(taken.text()).isEqualTo(202);
        assertThat(received("jti", jti(token)))
                .singleElement()
                .satisfies(event ->
                        assertThat(event.at("/details/reason").asString()).isEqualTo(subject.getKey()));
    }

    @Test
    void eventsThatNobodyHereKnowsAreRecordedAndIgnored() {
        String ann = Scene.name("ann");
        String token = idp.token(
                "https://schemas.openid.net/secevent/ssf/event-type/verification",
                issSub(Surroundings.PEOPLE.url(), ann));

        assertThat(idp.push(token).status()).isEqualTo(202);
        assertThat(received("jti", jti(token)).getFirst().at("/details/reason").asString())
                .isEqualTo("event_not_known");
    }

    /** What is pushed, what RFC 8935 calls it, and what the audit log does. */
    record Hostile(String name, Function<Pushes, String> token, String error, String reason) {

        @Override
        public String toString() {
            return name;
        }
    }

    private static final Map<String, Object> ANN = issSub(Surroundings.PEOPLE.url(), "hostile-ann");

    private static Hostile claims(
            String name, java.util.function.Consumer<JWTClaimsSet.Builder> shape, String error, String reason) {
        return new Hostile(name, pushes -> pushes.token(SESSION_REVOKED, ANN, shape), error, reason);
    }

    private static Hostile text(String name, Function<String, String> change, String error, String reason) {
        return new Hostile(name, pushes -> change.apply(pushes.token(SESSION_REVOKED, ANN)), error, reason);
    }

    private static Hostile typ(String typ) {
        return new Hostile(
                "typ " + typ,
                pushes -> TestIssuer.sign(
                        TRANSMITTER.ec(),
                        JWSAlgorithm.ES256,
                        new JOSEObjectType(typ),
                        pushes.claims(SESSION_REVOKED, ANN, one -> {})),
                "invalid_request",
                "type_mismatch");
    }

    static Stream<Hostile> hostile() {
        List<Hostile> all = new ArrayList<>(List.of(
                typ("JWT"),
                typ("at+jwt"),
                typ("logout+jwt"),
                claims(
                        "another's issuer",
                        one -> one.issuer("https://nobody.example"),
                        "invalid_issuer",
                        "issuer_unknown"),
                claims(
                        "an issuer and a slash",
                        one -> one.issuer(TRANSMITTER.url() + "/"),
                        "invalid_issuer",
                        "issuer_unknown"),
                claims("no issuer", one -> one.issuer(null), "invalid_issuer", "issuer_unknown"),
                claims("another audience", one -> one.audience("another"), "invalid_audience", "audience_mismatch"),
                claims("no audience", one -> one.audience((String) null), "invalid_audience", "audience_mismatch"),
                claims(
                        "an audience that begins with ours",
                        one -> one.audience("the-broker2"),
                        "invalid_audience",
                        "audience_mismatch"),
                claims("no jti", one -> one.jwtID(null), "invalid_request", "token_id_invalid"),
                claims("a jti of blanks", one -> one.jwtID("  "), "invalid_request", "token_id_invalid"),
                claims("a jti that is a number", one -> one.claim("jti", 7), "invalid_request", "token_id_invalid"),
                claims("sub beside sub_id", one -> one.subject("ann"), "invalid_request", "subject_invalid"),
                claims("no iat", one -> one.issueTime(null), "invalid_request", "not_yet_valid"),
                claims(
                        "iat in an hour",
                        one -> one.issueTime(Date.from(Instant.now().plusSeconds(3600))),
                        "invalid_request",
                        "not_yet_valid"),
                claims(
                        "iat a month ago",
                        one -> one.issueTime(Date.from(Instant.now().minusSeconds(31 * 86_400))),
                        "invalid_request",
                        "expired"),
                claims(
                        "an end that is past",
                        one -> one.expirationTime(Date.from(Instant.now().minusSeconds(600))),
                        "invalid_request",
                        "expired"),
                claims("no events", one -> one.claim("events", null), "invalid_request", "events_invalid"),
                claims(
                        "events that are a list",
                        one -> one.claim("events", List.of("x")),
                        "invalid_request",
                        "events_invalid"),
                claims("no event", one -> one.claim("events", Map.of()), "invalid_request", "events_invalid"),
                claims(
                        "an event that is text",
                        one -> one.claim("events", Map.of(SESSION_REVOKED, "x")),
                        "invalid_request",
                        "events_invalid"),
                claims(
                        "nine events",
                        one -> one.claim(
                                "events",
                                Map.of(
                                        "a", Map.of(), "b", Map.of(), "c", Map.of(), "d", Map.of(), "e", Map.of(), "f",
                                        Map.of(), "g", Map.of(), "h", Map.of(), "i", Map.of())),
                        "invalid_request",
                        "events_invalid"),
                text(
                        "a signature of another token",
                        token -> token.substring(0, token.lastIndexOf('.') + 1) + "A".repeat(86),
                        "invalid_key",
                        "signature_invalid"),
                text(
                        "no signature",
                        token -> token.substring(0, token.lastIndexOf('.') + 1),
                        "invalid_key",
                        "signature_invalid"),
                text(
                        "two parts",
                        token -> token.substring(0, token.lastIndexOf('.')),
                        "invalid_request",
                        "token_malformed"),
                text("a space behind it", token -> token + " ", "invalid_request", "token_malformed"),
                text("nothing", token -> "", "invalid_request", "token_malformed"),
                text("17 KiB", token -> token + "A".repeat(17 << 10), "invalid_request", "token_too_large"),
                new Hostile(
                        "a key that nobody published",
                        pushes -> TestIssuer.sign(
                                new com.nimbusds.jose.jwk.ECKey.Builder(Surroundings.PEOPLE.ec())
                                        .keyID("unknown")
                                        .build(),
                                JWSAlgorithm.ES256,
                                new JOSEObjectType("secevent+jwt"),
                                pushes.claims(SESSION_REVOKED, ANN, one -> {})),
                        "invalid_key",
                        "key_unknown"),
                new Hostile(
                        "another one's key of the same name",
                        pushes -> TestIssuer.sign(
                                Surroundings.PEOPLE.ec(),
                                JWSAlgorithm.ES256,
                                new JOSEObjectType("secevent+jwt"),
                                pushes.claims(SESSION_REVOKED, ANN, one -> {})),
                        "invalid_key",
                        "signature_invalid")));
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("hostile")
    void whatIsNoneIsRefusedAndEndsNothing(Hostile hostile) {
        String token = hostile.token().apply(idp);
        int before = refusals(hostile.reason());

        Answer refused = idp.push(token);

        assertThat(refused.status()).as(refused.text()).isEqualTo(400);
        assertThat(refused.header("Content-Type")).startsWith("application/json");
        assertThat(refused.json().path("err").asString()).isEqualTo(hostile.error());
        assertThat(refused.json().path("description").asString()).isNotEmpty();
        assertThat(refusals(hostile.reason())).isEqualTo(before + 1);
        String good = idp.token(SESSION_REVOKED, ANN);
        assertThat(idp.push(good).status()).isEqualTo(202);
    }

    @Test
    void tokensOfOtherKindsAreNone() {
        for (Forgeries.Forgery forgery : Forgeries.oneOfEachReason(TRANSMITTER)) {
            Answer refused = idp.push(forgery.token().apply(TRANSMITTER));
            assertThat(refused.status()).as(forgery.name()).isEqualTo(400);
            assertThat(refused.json().path("err").asString()).as(forgery.name()).startsWith("invalid_");
        }
    }

    @Test
    void whoeverDoesNotShowWhatIsAskedForIsRefusedBeforeAnythingIsRead() {
        String token = platform.token(ACCOUNT_DISABLED, issSub(Surroundings.WORKLOADS.url(), "x"));

        for (String shown : new String[] {null, "Bearer", "Bearer " + BEARER + "x", BEARER, "bearer " + BEARER}) {
            Answer refused = platform.push("platform", token, Pushes.TYPE, shown);
            assertThat(refused.status()).as(shown).isEqualTo(401);
            assertThat(refused.json().path("err").asString()).isEqualTo("authentication_failed");
        }
        assertThat(received("jti", jti(token))).isEmpty();
    }

    @Test
    void anAddressThatNobodyHasAndABodyThatIsNoTokenAreRefused() {
        String token = idp.token(SESSION_REVOKED, ANN);

        assertThat(idp.push("nobody", token, Pushes.TYPE, null).status()).isEqualTo(404);
        assertThat(idp.push("..%2Fidp", token, Pushes.TYPE, null).status()).isIn(400, 404);
        for (String type : new String[] {null, "application/json", "text/plain", "a/b/c", "application/*"}) {
            Answer refused = idp.push("idp", token, type, null);
            assertThat(refused.status()).as(type).isEqualTo(400);
            assertThat(refused.json().path("err").asString()).isEqualTo("invalid_request");
        }
        assertThat(idp.push("idp", "x".repeat(100_000), Pushes.TYPE, null).status())
                .isIn(400, 413);
        assertThat(idp.push(token).status()).isEqualTo(202);
    }

    private static Map<String, Object> complex(Map<String, Object> user) {
        return Map.of("format", "complex", "user", user, "session", Map.of("format", "opaque", "id", "dMTlD"));
    }

    private String agent() {
        String agent = Scene.name("told");
        scene.jwtTool(tool(agent), Map.of());
        scene.agent(
                agent,
                tool(agent),
                Map.of("on_behalf_of", List.of(Map.of("issuer", "people", "clients", List.of("portal")))));
        scene.permits();
        return agent;
    }

    private static String tool(String agent) {
        return agent + "-tool";
    }

    private JsonNode granted(Map<String, String> form) {
        Answer answer = scene.exchange(form);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json();
    }

    private boolean isLive(JsonNode granted) {
        return scene.as("errand.introspect")
                .form(
                        "/oauth2/introspect",
                        Map.of("token", granted.path("access_token").asString()))
                .json()
                .path("active")
                .asBoolean();
    }

    private List<JsonNode> received(String member, String value) {
        return scene.events("kind=security_event.received").stream()
                .filter(event -> event.path("details").path(member).asString("").equals(value))
                .toList();
    }

    private int refusals(String reason) {
        return (int) scene.events("kind=security_event.refused").stream()
                .filter(event -> event.at("/details/reason").asString().equals(reason))
                .count();
    }

    private static String jti(String token) {
        try {
            return com.nimbusds.jwt.SignedJWT.parse(token).getJWTClaimsSet().getJWTID();
        } catch (java.text.ParseException e) {
            throw new IllegalStateException(e);
        }
    }
}
