package io.errand.broker.policy.cedar;

import io.errand.broker.agent.Agents;
import io.errand.broker.shared.Nearest;
import io.errand.broker.tool.EnvironmentProperties;
import io.errand.broker.tool.Tools;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.stereotype.Component;

/**
 * What a policy speaks of that is not there: an agent or a tool that nobody registered, and a value that an attribute of a tool
 * never has. Cedar's schema knows types and not what there is, so that a {@code forbid} with a slip in it forbids nothing. It is no
 * mistake to write a policy ahead of its tools; so these are warnings.
 */
@Component
public class UnknownNames {

    /** In code whose strings are blanked out. */
    private static final Pattern ENTITY = Pattern.compile("\\b(Agent|Tool)\\s*::\\s*\"");

    private static final String ATTRIBUTE = "\\bresource\\s*\\.\\s*(?<name>environment|sensitivity|destination)\\b\\s*";

    private static final String SET =
            "\\b(?<of>resource|context|session)\\s*\\.\\s*(?<name>labels|person_labels|kinds)\\s*";

    /** Where a value is compared with what a tool has, on either side, alone or among others. */
    private static final List<Pattern> COMPARED = List.of(
            Pattern.compile(ATTRIBUTE + "[!=]=\\s*(?<values>\"_*\")"),
            Pattern.compile("(?<values>\"_*\")\\s*[!=]=\\s*" + ATTRIBUTE),
            Pattern.compile("\\[(?<values>[^\\]]*)\\]\\s*\\.\\s*contains\\s*\\(\\s*" + ATTRIBUTE + "\\)"),
            Pattern.compile(SET + "\\.\\s*contains\\s*\\(\\s*(?<values>\"_*\")"),
            Pattern.compile(SET + "\\.\\s*contains(?:Any|All)\\s*\\(\\s*\\[(?<values>[^\\]]*)\\]"));

    private static final List<String> SENSITIVITIES = List.of("public", "internal", "confidential", "restricted");

    private static final Map<String, List<String>> CLOSED = Map.of(
            "sensitivity", SENSITIVITIES,
            "destination", List.of("internal", "partner", "external"),
            "kinds", List.of("read", "write", "export", "execute", "admin", "unknown"));

    private final Agents agents;
    private final Tools tools;
    private final EnvironmentProperties environments;

    UnknownNames(Agents agents, Tools tools, EnvironmentProperties environments) {
        this.agents = agents;
        this.tools = tools;
        this.environments = environments;
    }

    /** A sentence for each, with its line; at most twenty. */
    public List<String> warnings(String text) {
        Set<String> found = new LinkedHashSet<>();
        for (Statement statement : Statement.split(text)) {
            Matcher entity = ENTITY.matcher(statement.code());
            while (entity.find()) {
                String name = literal(statement, entity.end());
                unknown(entity.group(1), name)
                        .ifPresent(sentence -> found.add(at(text, statement.offset() + entity.start(), sentence)));
            }
            values(text, statement, found);
        }
        return found.stream().limit(20).toList();
    }

    private Optional<String> unknown(String type, String name) {
        boolean known = type.equals("Agent")
                ? agents.byName(name).isPresent()
                : tools.byName(name).isPresent();
        return known
                ? Optional.empty()
                : Optional.of("no " + (type.equals("Agent") ? "agent" : "tool") + " '" + name + "' is registered");
    }

    private void values(String text, Statement statement, Collection<String> found) {
        for (Pattern pattern : COMPARED) {
            Matcher compared = pattern.matcher(statement.code());
            while (compared.find()) {
                String of = pattern.pattern().startsWith(SET) ? compared.group("of") : "resource";
                for (String value : literals(statement, compared.start("values"), compared.end("values"))) {
                    never(of, compared.group("name"), value)
                            .ifPresent(
                                    sentence -> found.add(at(text, statement.offset() + compared.start(), sentence)));
                }
            }
        }
    }

    private Optional<String> never(String of, String attribute, String value) {
        if (attribute.endsWith("labels")) {
            return noLabel(of, value);
        }
        List<String> all = attribute.equals("environment")
                ? environments.environments()
                : CLOSED.getOrDefault(attribute, List.of());
        String what = attribute.equals("kinds") ? "no action has the kind" : "no tool has the " + attribute;
        return all.contains(value)
                ? Optional.empty()
                : Optional.of(what + " '" + value + "'; it is one of " + String.join(", ", all));
    }

    /** A session has the labels of tools, and a mark for each sensitivity of what it used. */
    private Optional<String> noLabel(String of, String label) {
        boolean isMark = !of.equals("resource") && SENSITIVITIES.stream().anyMatch(s -> label.equals("data:" + s));
        if (isMark) {
            return Optional.empty();
        }
        Set<String> labels = tools.labels();
        if (labels.contains(label)) {
            return Optional.empty();
        }
        List<String> nearest = Nearest.to(label, labels);
        return Optional.of("no tool has the label '" + label + "'"
                + (nearest.isEmpty() ? "" : "; did you mean " + String.join(" or ", nearest) + "?"));
    }

    /** From behind its first quotation mark. */
    private static String literal(Statement statement, int from) {
        int end = statement.code().indexOf('"', from);
        return end < 0 ? "" : statement.source().substring(from, end);
    }

    private static List<String> literals(Statement statement, int from, int to) {
        List<String> all = new ArrayList<>();
        for (int open = statement.code().indexOf('"', from);
                open >= 0 && open < to;
                open = statement.code().indexOf('"', open + 1)) {
            String value = literal(statement, open + 1);
            all.add(value);
            open += value.length() + 1;
        }
        return all;
    }

    private static String at(String text, int offset, String sentence) {
        long line = 1 + text.substring(0, offset).chars().filter(c -> c == '\n').count();
        return "line " + line + ": " + sentence;
    }
}
