package io.errand.operations;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a PromQL expression speaks of, as far as alerts and dashboards of ours go.
 *
 * @param matched by metric: its labels in braces, each with what it must be, or with nothing where that is no plain equality
 * @param grouped the labels after {@code by}
 */
record Expression(Map<String, Map<String, String>> matched, Set<String> grouped) {

    private static final Pattern GROUPING = Pattern.compile("\\b(?:by|without|on|ignoring)\\s*\\(([^)]*)\\)");
    private static final Pattern SELECTOR =
            Pattern.compile("\\b([a-z][a-z0-9_]*_[a-z0-9_]*)\\b(?!\\s*\\()(?:\\{([^}]*)})?");
    private static final Pattern MATCHER = Pattern.compile("([a-z_]+)\\s*(=~|!=|!~|=)\\s*\"([^\"]*)\"");

    static Expression of(String text) {
        Set<String> grouped = new TreeSet<>();
        Matcher grouping = GROUPING.matcher(text);
        while (grouping.find()) {
            for (String label : grouping.group(1).split(",")) {
                grouped.add(label.strip());
            }
        }
        Map<String, Map<String, String>> matched = new TreeMap<>();
        // Intervals, of which a variable of Grafana's looks like a metric.
        Matcher selector =
                SELECTOR.matcher(GROUPING.matcher(text).replaceAll(" ").replaceAll("\\[[^]]*]", ""));
        while (selector.find()) {
            Map<String, String> labels = matched.computeIfAbsent(selector.group(1), name -> new TreeMap<>());
            Matcher matcher = MATCHER.matcher(selector.group(2) == null ? "" : selector.group(2));
            while (matcher.find()) {
                labels.put(matcher.group(1), matcher.group(2).equals("=") ? matcher.group(3) : "");
            }
        }
        return new Expression(matched, grouped);
    }
}
