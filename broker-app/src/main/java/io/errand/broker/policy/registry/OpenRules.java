package io.errand.broker.policy.registry;

import com.cedarpolicy.BasicAuthorizationEngine;
import com.cedarpolicy.model.ValidationRequest;
import com.cedarpolicy.model.ValidationResponse;
import com.cedarpolicy.model.exception.AuthException;
import com.cedarpolicy.model.exception.CacheException;
import com.cedarpolicy.model.exception.InternalException;
import com.cedarpolicy.model.policy.Policy;
import com.cedarpolicy.model.policy.PolicySet;
import com.cedarpolicy.model.schema.Schema;
import io.errand.broker.policy.cedar.LargeStackExecutor;
import io.errand.broker.policy.cedar.PolicyError;
import io.errand.broker.policy.cedar.PolicyText;
import io.errand.broker.policy.cedar.Rule;
import io.errand.broker.policy.cedar.Statement;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.stereotype.Component;

/** Reads an open policy set: its schema, its policies, and whether the two fit. */
@Component
class OpenRules {

    /** Cedar's parsers recurse on the native side; a schema has no use for more. */
    private static final int MAX_SCHEMA = 64 * 1024;

    private final BasicAuthorizationEngine engine = new BasicAuthorizationEngine();
    private final PolicyText text;

    OpenRules(PolicyText text) {
        this.text = text;
    }

    /** Up to the names that a declaration declares. */
    private static final Pattern DECLARATION =
            Pattern.compile("\\s*(?:@\\s*\\w+\\s*(?:\\(\\s*\"_*\"\\s*\\)\\s*)?)*(entity|action|type|namespace)\\b\\s*");

    private static final Pattern NAME = Pattern.compile("\\G\\s*(?:([A-Za-z_]\\w*)|\"([^\"\\\\]*)\")\\s*(,?)");

    /**
     * A set that can decide.
     *
     * @param types entity types that its schema declares
     * @param actions that it declares
     * @param rules by Cedar's policy id
     */
    record Read(PolicySet policies, Set<String> types, Set<String> actions, Map<String, Rule> rules) {}

    Result<Read> read(String name, String schema, String cedar) {
        if (schema.length() > MAX_SCHEMA) {
            return Result.refused(Problem.invalidMember("schema", "schema has at most 64 KiB."));
        }
        int depth = 0;
        for (int i = 0; i < schema.length(); i++) {
            char c = schema.charAt(i);
            depth += c == '{' || c == '<' || c == '[' || c == '('
                    ? 1
                    : c == '}' || c == '>' || c == ']' || c == ')' ? -1 : 0;
            if (depth > Statement.MAX_DEPTH) {
                return Result.refused(Problem.invalidMember(
                        "schema", "Brackets are nested at most " + Statement.MAX_DEPTH + " deep."));
            }
        }
        return switch (text.parse(cedar)) {
            case PolicyText.Reading.Flawed(PolicyError policyError) -> Result.refused(policyError.problem());
            case PolicyText.Reading.Good(List<PolicyText.Read> policies) ->
                LargeStackExecutor.call(() -> fitted(name, schema, policies));
        };
    }

    private Result<Read> fitted(String name, String schema, List<PolicyText.Read> read) {
        Set<Policy> policies = new HashSet<>();
        Map<String, Rule> rules = new HashMap<>();
        for (PolicyText.Read one : read) {
            Rule rule = one.rule();
            if (rule.approval() != null
                    || rule.maxTtl() != null
                    || rule.requireDpop()
                    || rule.liftable()
                    || rule.observe()) {
                return Result.refused(Problem.invalidMember(
                        "cedar",
                        "Policy '" + rule.id()
                                + "' has an annotation that is for tasks and tools; there are @id, @reason and"
                                + " @description here."));
            }
            String id = name + "/" + rule.id();
            policies.add(new Policy(one.statement().source(), id));
            rules.put(id, rule);
        }
        try {
            Schema parsed = Schema.parse(Schema.JsonOrCedar.Cedar, schema);
            PolicySet set = new PolicySet(policies);
            ValidationResponse response = engine.validate(new ValidationRequest(parsed, set));
            if (!response.validationPassed()) {
                return Result.refused(Problem.invalidMember("cedar", complaint(response)));
            }
            // Parsed on the native side once, not for each question.
            set.cache();
            return declared(schema, set, rules);
        } catch (InternalException | IllegalStateException e) {
            return Result.refused(Problem.invalidMember("schema", "This is not a Cedar schema: " + line(e)));
        } catch (AuthException | CacheException e) {
            return Result.refused(Problem.invalidMember("cedar", "Cedar could not read this: " + line(e)));
        }
    }

    /** Cedar says whether it is a schema, but not what it declares. A semicolon ends a declaration, as it ends a policy. */
    private static Result<Read> declared(String schema, PolicySet set, Map<String, Rule> rules) {
        Set<String> types = new HashSet<>();
        Set<String> actions = new HashSet<>();
        for (Statement declaration : Statement.split(schema)) {
            Matcher kind = DECLARATION.matcher(declaration.code());
            if (!kind.lookingAt() || kind.group(1).equals("namespace")) {
                return Result.refused(
                        Problem.invalidMember(
                                "schema",
                                "Only entity, action and type can be declared, without a namespace: types are named as requests name them."));
            }
            Matcher name = NAME.matcher(declaration.source())
                    .region(kind.end(), declaration.source().length());
            Set<String> into = kind.group(1).equals("entity") ? types : actions;
            while (!kind.group(1).equals("type") && name.find()) {
                into.add(name.group(1) == null ? name.group(2) : name.group(1));
                if (name.group(3).isEmpty()) {
                    break;
                }
            }
        }
        return Result.ok(new Read(set, types, actions, rules));
    }

    private static String complaint(ValidationResponse response) {
        return response.success
                .flatMap(found -> found.validationErrors.stream().findFirst())
                .map(error -> error.getPolicyId() + ": " + error.getError().message)
                .or(() -> response.errors.flatMap(
                        errors -> errors.stream().findFirst().map(error -> error.message)))
                .orElse("The policies do not fit the schema.");
    }

    private static String line(Exception e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }
}
