package io.errand.broker.policy.cedar;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.broker.policy.PolicyContext;
import io.errand.broker.policy.PolicyRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A question without what the policies do not name is answered as the whole one, which Cedar checks against the schema. */
class LeanIsWholeTest {

    private static final Path LIBRARY = Path.of("../examples/policies");

    private final CedarEvaluator cedarEvaluator = new CedarEvaluator(Some.SCHEMA);

    @ParameterizedTest
    @MethodSource("library")
    void forEachPolicyOfTheLibrary(Path file) throws IOException {
        assertSame(Files.readString(file), 60);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "permit(principal, action, resource);",
                "permit(principal, action, resource) when { context[\"task\"][\"type\"] == \"triage\" };",
                "permit(principal, action, resource) when { context.\"now\"[\"hour\"] < 12 };",
                "permit(principal, action, resource) when { context[\"\\u{6e}ow\"].hour < 12 };",
                "permit(principal, action, resource) when { context.now.at > datetime(\"2020-01-01\") };",
                "permit(principal, action, resource) when { principal has model && principal.model like \"m*\" };",
                "permit(principal, action, resource) unless { principal has \"model\" };",
                "permit(principal, action, resource) when { context has runtime.isolated && context.runtime.isolated };",
                "permit(principal, action, resource) unless { context has runtime };",
                "permit(principal, action, resource) when { context.approval == {\"granted\": true} };",
                "permit(principal, action, resource) when { [context.fingerprint].contains({attested: true, changed: false}) };",
                "permit(principal, action, resource) when { context.task.context == Errand::Declared::\"task\" };",
                "permit(principal, action, resource) when { context.task.context.hasTag(\"invoice\") };",
                "permit(principal, action, resource) when { context.session.counters.getTag(\"orders.read\") > 2 };",
                "permit(principal, action, resource) when { resource.labels.containsAll(context.session.labels) };",
                "permit(principal == Errand::Agent::\"a\", action in [Errand::Action::\"use\"], resource is Errand::Tool);",
                "permit(principal, action, resource) when { principal in Errand::Agent::\"a\" && resource.name == \"x\" };",
                "forbid(principal, action, resource) when { context.task has on_behalf_of }; permit(principal, action, resource);",
                "@observe forbid(principal, action, resource) when { context.risk > 30 }; permit(principal, action, resource);"
            })
    void howeverAMemberIsNamed(String cedar) {
        if (new PolicyText(Some.SCHEMA).check(cedar) instanceof PolicyText.Reading.Good) {
            assertSame(cedar, 60);
        }
    }

    @Test
    void whatIsNotNamedIsNotSent() {
        ReferencedAttributes referencedAttributes =
                ReferencedAttributes.of(Statement.split("""
                permit(principal, action, resource) when { context.task.type == "triage" };
                """).getFirst());

        assertThat(referencedAttributes.everything()).isFalse();
        assertThat(referencedAttributes.name("task")).isTrue();
        assertThat(referencedAttributes.name("session")).isFalse();
        assertThat(CedarRequests.ask(question(new Random(1)), referencedAttributes, Some.SCHEMA.schema())
                        .entities())
                .isEmpty();
    }

    private void assertSame(String cedar, int questions) {
        List<PolicySubset.Member> members = Some.policies(cedar);
        PolicySubset lean = new PolicySubset(members);
        lean.tried();
        Random random = new Random(7);
        for (int i = 0; i < questions; i++) {
            PolicyRequest policyRequest = question(random);
            assertThat(cedarEvaluator.rule(policyRequest, lean))
                    .as("question %s", policyRequest)
                    .isEqualTo(cedarEvaluator.rule(policyRequest, new PolicySubset(members)));
        }
    }

    static Stream<Path> library() throws IOException {
        List<Path> files = new ArrayList<>();
        try (Stream<Path> all = Files.list(LIBRARY)) {
            all.filter(file -> file.toString().endsWith(".cedar")).sorted().forEach(files::add);
        }
        return files.stream();
    }

    private static PolicyRequest question(Random random) {
        PolicyContext known = PolicyContext.at(
                        Instant.parse("2026-11-2" + random.nextInt(10) + "T1" + random.nextInt(10) + ":00:00Z"))
                .senderConstrained(random.nextBoolean())
                .breakGlass(random.nextInt(4) == 0)
                .risk(random.nextInt(60))
                .fingerprintChanged(random.nextBoolean())
                .approvedBy(random.nextBoolean() ? Set.of() : Set.of("finance"))
                .session(
                        random.nextBoolean()
                                ? PolicyContext.Session.EMPTY
                                : new PolicyContext.Session(
                                        Set.of("customer-pii", "card"),
                                        Set.of("customer-pii"),
                                        Set.of("x"),
                                        Map.of("orders.read", 3L, "kind:export", 30L)))
                .runtime(
                        random.nextBoolean()
                                ? Optional.empty()
                                : Optional.of(new PolicyContext.Surroundings(
                                        random.nextBoolean() ? "production" : null,
                                        random.nextBoolean() ? true : null)));
        PolicyRequest plain = Some.question(
                random.nextBoolean() ? "a" : "invoice-triage",
                List.of("issue", "use", "delegate").get(random.nextInt(3)),
                random.nextBoolean() ? "x" : "orders-db",
                random.nextBoolean() ? List.of("read") : List.of("read", "write"),
                known);
        PolicyRequest.Facts task = new PolicyRequest.Facts(
                random.nextBoolean() ? "triage" : "report",
                "Something",
                random.nextInt(2),
                random.nextBoolean() ? null : "person:corp:ann",
                plain.task().ttl(),
                random.nextBoolean() ? Map.of() : Map.of("invoice", "42"),
                random.nextBoolean(),
                random.nextBoolean());
        return new PolicyRequest(plain.action(), plain.agent(), plain.tool(), plain.actions(), task, known);
    }
}
