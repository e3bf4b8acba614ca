package io.errand.operations;

import io.errand.testing.Wire;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What Prometheus reads of a broker, in its text format.
 *
 * @param labels of each series name as it stands in expressions, histograms' {@code _bucket}, {@code _count} and {@code _sum} too
 * @param types of each metric: {@code gauge}, {@code counter} or {@code histogram}
 * @param text as it was read
 */
record Scrape(Map<String, Set<String>> labels, Map<String, String> types, String text) {

    private static final Pattern SERIES = Pattern.compile("([a-z0-9_]+)(?:\\{(.*)})? \\S+.*");
    private static final Pattern LABEL = Pattern.compile("([a-z_]+)=\"(?:[^\"\\\\]|\\\\.)*\"");
    private static final Pattern TYPE = Pattern.compile("# TYPE (\\S+) (\\S+)");

    static Scrape of(Wire management) {
        Wire.Answer answer = management.get("/actuator/prometheus");
        if (answer.status() != 200) {
            throw new AssertionError(answer.status() + " " + answer.text());
        }
        Map<String, Set<String>> labels = new TreeMap<>();
        Map<String, String> types = new TreeMap<>();
        answer.text().lines().forEach(line -> {
            Matcher type = TYPE.matcher(line);
            Matcher series = SERIES.matcher(line);
            if (type.matches()) {
                types.put(type.group(1), type.group(2));
            } else if (series.matches()) {
                Set<String> names = labels.computeIfAbsent(series.group(1), name -> new TreeSet<>());
                Matcher label = LABEL.matcher(series.group(2) == null ? "" : series.group(2));
                while (label.find()) {
                    names.add(label.group(1));
                }
            }
        });
        return new Scrape(labels, types, answer.text());
    }

    /** Whether a series of the metric has the label with this value. */
    boolean has(String metric, String label, String value) {
        return text.lines()
                .anyMatch(line -> line.startsWith(metric + "{") && line.contains(label + "=\"" + value + "\""));
    }

    /** The value of a series whose line begins with this. */
    double value(String series) {
        return text.lines()
                .filter(line -> line.startsWith(series + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
                .findFirst()
                .orElse(Double.NaN);
    }
}
