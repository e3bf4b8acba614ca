package io.errand.broker.policy;

import io.errand.broker.agent.Agents;
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
class UnknownNames {

    /** In code whose strings are blanked out. */
    private static final Pattern ENTITY = Pattern.compile("\\b(Agent|Tool)\\s*::\\s*\"");

    private static final Pattern COMPARED =
            Pattern.compile("\\bresource\\s*\\.\\s*(environment|sensitivity|destination)\\s*[!=]=\\s*\"");

    private static final Pattern AMONG = Pattern.compile(
            "\\[([^\\]]*)\\]\\s*\\.\\s*contains\\s*\\(\\s*resource\\s*\\.\\s*(environment|sensitivity|destination)\\s*\\)");

    private static final Map<String, List<String>> CLOSED = Map.of(
            "sensitivity", List.of("public", "internal", "confidential", "restricted"),
            "destination", List.of("internal", "partner", "external"));

    private final Agents agents;
    private final Tools tools;
    private final EnvironmentProperties environments;

    UnknownNames(Agents agents, Tools tools, EnvironmentProperties environments) {
        this.agents = agents;
        this.tools = tools;
        this.environments = environments;
    }

    /** A sentence for each, with its line; at most twenty. */
    List<String> warnings(String text) {
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
        Matcher compared = COMPARED.matcher(statement.code());
        while (compared.find()) {
            String value = literal(statement, compared.end());
            never(compared.group(1), value)
                    .ifPresent(sentence -> found.add(at(text, statement.offset() + compared.start(), sentence)));
        }
        Matcher among = AMONG.matcher(statement.code());
        while (among.find()) {
            for (String value : literals(statement, among.start(1), among.end(1))) {
                never(among.group(2), value)
                        .ifPresent(sentence -> found.add(at(text, statement.offset() + among.start(), sentence)));
            }
        }
    }

    private Optional<String> never(String attribute, String value) {
        List<String> all = attribute.equals("environment")
                ? environments.environments()
                : CLOSED.getOrDefault(attribute, List.of());
        return all.contains(value)
                ? Optional.empty()
                : Optional.of(
                        "no tool has the " + attribute + " '" + value + "'; it is one of " + String.join(", ", all));
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
