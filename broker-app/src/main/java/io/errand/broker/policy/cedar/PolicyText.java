package io.errand.broker.policy.cedar;

import com.cedarpolicy.BasicAuthorizationEngine;
import com.cedarpolicy.model.DetailedError;
import com.cedarpolicy.model.ValidationRequest;
import com.cedarpolicy.model.ValidationResponse;
import com.cedarpolicy.model.exception.AuthException;
import com.cedarpolicy.model.policy.Policy;
import com.cedarpolicy.model.policy.PolicySet;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.springframework.stereotype.Component;

/** Reads Cedar: text in, policies or the first flaw out. */
@Component
public class PolicyText {

    private final BasicAuthorizationEngine engine = new BasicAuthorizationEngine();
    private final CedarSchema schema;

    PolicyText(CedarSchema schema) {
        this.schema = schema;
    }

    /** What came of a text. */
    public sealed interface Reading {

        /** Its policies in the order of the text. */
        record Good(List<Read> policies) implements Reading {}

        record Flawed(PolicyError policyError) implements Reading {}
    }

    /** A policy as Cedar and as we read it. */
    public record Read(Statement statement, Rule rule, PolicyScope policyScope) {}

    /** Whether it parses: what a stored text must still do before it decides anything. */
    public Reading parse(String text) {
        return LargeStackExecutor.call(() -> read(text));
    }

    /** Whether it parses and speaks only of what the schema has: what a text must do to be saved. */
    public Reading check(String text) {
        return LargeStackExecutor.call(() -> switch (read(text)) {
            case Reading.Flawed flawed -> flawed;
            case Reading.Good good -> {
                Optional<PolicyError> policyError = firstFlaw(
                        text, good.policies().stream().map(Read::statement).toList());
                yield policyError.<Reading>map(Reading.Flawed::new).orElse(good);
            }
        });
    }

    private Reading read(String text) {
        List<Read> policies = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        for (Statement statement : Statement.split(text)) {
            Optional<PolicyError> excess = statement.excess(text);
            if (excess.isPresent()) {
                return new Reading.Flawed(excess.get());
            }
            Annotations annotations;
            try {
                Policy policy = new Policy(statement.source(), "policy");
                annotations = new Annotations(policy.getAnnotations(), policy.effect());
            } catch (AuthException e) {
                return new Reading.Flawed(located(text, statement));
            }
            Optional<Annotations.Complaint> complaint = annotations.complaint();
            if (complaint.isPresent()) {
                int place = statement.annotation(complaint.get().annotation());
                return new Reading.Flawed(
                        PolicyError.at(text, place, complaint.get().message()));
            }
            Rule rule = annotations.rule(policies.size());
            if (!ids.add(rule.id())) {
                return new Reading.Flawed(PolicyError.at(
                        text,
                        statement.annotation("id"),
                        "There is another policy '" + rule.id() + "' in this set; give each its own @id."));
            }
            policies.add(new Read(statement, rule, PolicyScope.of(statement)));
        }
        return new Reading.Good(policies);
    }

    private PolicyError located(String text, Statement statement) {
        return firstFlaw(text, List.of(statement))
                .orElseGet(() -> PolicyError.at(text, statement.place(0), "This is not a Cedar policy."));
    }

    /**
     * The flaw of the first policy that has one; of several, the one that covers the least text: Cedar also complains about the
     * policy as a whole.
     */
    private Optional<PolicyError> firstFlaw(String text, List<Statement> statements) {
        Map<String, Statement> byId = new LinkedHashMap<>();
        Set<Policy> policies = new HashSet<>();
        for (Statement statement : statements) {
            String id = "policy" + byId.size();
            byId.put(id, statement);
            policies.add(new Policy(statement.source(), id));
        }
        ValidationResponse response;
        try {
            response = engine.validate(new ValidationRequest(schema.schema(), new PolicySet(policies)));
        } catch (AuthException e) {
            return Optional.of(PolicyError.at(text, 0, "Cedar could not read this text."));
        }
        Map<String, List<DetailedError>> complaints = new LinkedHashMap<>();
        response.success.ifPresent(validated -> validated.validationErrors.forEach(error -> complaints
                .computeIfAbsent(error.getPolicyId(), id -> new ArrayList<>())
                .add(error.getError())));
        // Errors of parsing name no policy; they are asked for one policy at a time.
        response.errors.ifPresent(errors ->
                complaints.computeIfAbsent("policy0", id -> new ArrayList<>()).addAll(errors));
        return byId.entrySet().stream()
                .filter(entry -> complaints.containsKey(entry.getKey()))
                .findFirst()
                .map(entry -> flaw(text, entry.getValue(), complaints.getOrDefault(entry.getKey(), List.of())));
    }

    private static PolicyError flaw(String text, Statement statement, List<DetailedError> errors) {
        DetailedError narrowest = errors.stream()
                .min(Comparator.comparingInt(error -> error.sourceLocations.stream()
                        .mapToInt(label -> label.end - label.start)
                        .min()
                        .orElse(Integer.MAX_VALUE)))
                .orElseThrow();
        int start = narrowest.sourceLocations.isEmpty() ? 0 : narrowest.sourceLocations.getFirst().start;
        return PolicyError.at(text, statement.place(start), sentence(narrowest));
    }

    /** Cedar's message and advice, without the internal name under which it met the policy. */
    private static String sentence(DetailedError error) {
        String expected = error.sourceLocations.stream()
                .flatMap(label -> label.label.stream())
                .filter(label -> !label.isBlank())
                .map(label -> " (" + label + ")")
                .findFirst()
                .orElse("");
        String advice = error.help
                .filter(help -> !help.isBlank())
                .map(help -> "; " + withoutName(help))
                .orElse("");
        String sentence = withoutName(error.message) + expected + advice;
        return sentence.endsWith("?") ? sentence : sentence + ".";
    }

    private static String withoutName(String message) {
        return message.replaceFirst("^failed to parse policy with id `policy[0-9]*` from string: ", "")
                .replaceFirst("^for policy `policy[0-9]*`, ", "");
    }
}
