package io.errand.bench;

import io.errand.bench.Load.Figures;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** What several rounds say together. */
final class Spread {

    private Spread() {}

    static void head(PrintWriter out, String title) {
        out.printf(Locale.ROOT, "  %-32s %10s %10s %10s%n", title, "a second", "p50 ms", "p99 ms");
    }

    static void line(PrintWriter out, String name, List<Figures> rounds) {
        out.printf(
                Locale.ROOT,
                "  %-32s %10.0f %10.2f %10.2f%n",
                name,
                median(rounds, Figures::rate),
                median(rounds, Figures::p50),
                median(rounds, Figures::p99));
    }

    /**
     * Of each round, since two figures of the same round met the same machine.
     *
     * @param mine of {@code one}, by round, and {@code theirs} of {@code other}
     */
    static void ratio(
            PrintWriter out,
            String one,
            List<Figures> mine,
            String other,
            List<Figures> theirs,
            String what,
            ToDoubleFunction<Figures> figure) {
        double[] ratios = new double[mine.size()];
        Arrays.setAll(ratios, i -> figure.applyAsDouble(mine.get(i)) / figure.applyAsDouble(theirs.get(i)));
        Arrays.sort(ratios);
        out.printf(
                Locale.ROOT,
                "  %s ÷ %s, %s: %.2f (%.2f to %.2f)%n",
                one,
                other,
                what,
                middle(ratios),
                ratios[0],
                ratios[ratios.length - 1]);
    }

    private static double median(List<Figures> rounds, ToDoubleFunction<Figures> figure) {
        return middle(rounds.stream().mapToDouble(figure).sorted().toArray());
    }

    private static double middle(double[] sorted) {
        int half = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }
}
