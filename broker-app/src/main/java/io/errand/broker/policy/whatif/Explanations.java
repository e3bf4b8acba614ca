package io.errand.broker.policy.whatif;

import io.errand.api.AuditEntry;
import io.errand.api.DecisionView;
import io.errand.broker.audit.PastDecisions;
import io.errand.broker.policy.cedar.PolicyText;
import io.errand.broker.policy.cedar.PolicyText.Read;
import io.errand.broker.policy.cedar.PolicyText.Reading;
import io.errand.broker.policy.registry.PolicyVersions;
import io.errand.broker.policy.registry.PolicyVersions.Version;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Why a past decision was what it was, with the text of the policies that determined it as they were then. */
@Component
class Explanations {

    private static final Pattern ID = Pattern.compile("([^/@]+)@([0-9]{1,9})/(.+)");

    private final PastDecisions past;
    private final PolicyVersions versions;
    private final PolicyText text;

    Explanations(PastDecisions past, PolicyVersions versions, PolicyText text) {
        this.past = past;
        this.versions = versions;
        this.text = text;
    }

    Optional<DecisionView> of(UUID decision) {
        return past.of(decision).stream().findFirst().map(event -> explain(decision, event));
    }

    private DecisionView explain(UUID decision, AuditEntry event) {
        PastDecision was = PastDecision.of(event);
        Map<String, Map<String, String>> texts = new HashMap<>();
        List<DecisionView.Ruling> rulings = was.rulings().stream()
                .map(said -> new DecisionView.Ruling(
                        said.tool(),
                        said.actions(),
                        said.effect(),
                        said.reason(),
                        policies(said.policies(), texts),
                        policies(said.lifted(), texts),
                        policies(said.observed(), texts)))
                .toList();
        return new DecisionView(
                decision.toString(),
                event.at(),
                event.kind(),
                event.outcome(),
                text(event, "reason"),
                text(event, "detail"),
                event.agent(),
                event.task(),
                was.asked(),
                rulings,
                steps(event));
    }

    private List<DecisionView.Policy> policies(List<String> ids, Map<String, Map<String, String>> texts) {
        return ids.stream()
                .map(id -> new DecisionView.Policy(id, cedar(id, texts)))
                .toList();
    }

    private @Nullable String cedar(String id, Map<String, Map<String, String>> texts) {
        Matcher parts = ID.matcher(id);
        return parts.matches()
                ? texts.computeIfAbsent(
                                parts.group(1) + "@" + parts.group(2),
                                set -> byId(parts.group(1), Integer.parseInt(parts.group(2))))
                        .get(parts.group(3))
                : null;
    }

    private Map<String, String> byId(String set, int number) {
        Optional<Version> version = versions.numbered(set, number);
        if (version.isEmpty() || !(text.parse(version.get().cedar()) instanceof Reading.Good(List<Read> read))) {
            return Map.of();
        }
        Map<String, String> byId = new HashMap<>();
        read.forEach(policy ->
                byId.put(policy.rule().id(), policy.statement().source().strip()));
        return byId;
    }

    private static @Nullable String text(AuditEntry event, String member) {
        return event.details().get(member) instanceof String value ? value : null;
    }

    private static List<Map<String, Object>> steps(AuditEntry event) {
        List<Map<String, Object>> steps = new ArrayList<>();
        if (event.details().get("steps") instanceof List<?> all) {
            for (Object step : all) {
                if (step instanceof Map<?, ?> members) {
                    Map<String, Object> copy = new LinkedHashMap<>();
                    members.forEach((name, value) -> copy.put(String.valueOf(name), value));
                    steps.add(copy);
                }
            }
        }
        return steps;
    }
}
