package io.errand.bench;

import io.errand.bench.Load.Figures;
import io.errand.bench.Side.Kind;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;

/** Medians, and the ratios of each round with their spread: two figures of the same round met the same machine. */
record Report(List<Measured> all, List<Side> sides, PrintWriter out) {

    /** One side in one round. */
    record Measured(Kind kind, int round, String side, Figures figures) {}

    void print() {
        for (Kind kind : Kind.values()) {
            List<Side> measured =
                    sides.stream().filter(side -> !of(kind, side).isEmpty()).toList();
            if (measured.isEmpty()) {
                continue;
            }
            out.println();
            out.println(kind.title());
            out.printf(Locale.ROOT, "  %-32s %10s %10s %10s%n", "", "a second", "p50 ms", "p99 ms");
            for (Side side : measured) {
                out.printf(
                        Locale.ROOT,
                        "  %-32s %10.0f %10.2f %10.2f%n",
                        side.name(),
                        median(kind, side, Figures::rate),
                        median(kind, side, Figures::p50),
                        median(kind, side, Figures::p99));
            }
            Side theirs = measured.getLast();
            for (Side ours : measured.subList(0, measured.size() - 1)) {
                if (theirs instanceof KeycloakSide) {
                    ratio(kind, ours, theirs, "rate", Figures::rate);
                    ratio(kind, ours, theirs, "p99", Figures::p99);
                }
            }
        }
        out.flush();
    }

    private void ratio(Kind kind, Side ours, Side theirs, String what, ToDoubleFunction<Figures> figure) {
        List<Measured> mine = of(kind, ours);
        List<Measured> other = of(kind, theirs);
        double[] ratios = DoubleStream.iterate(0, i -> i < mine.size(), i -> i + 1)
                .map(i -> figure.applyAsDouble(mine.get((int) i).figures())
                        / figure.applyAsDouble(other.get((int) i).figures()))
                .sorted()
                .toArray();
        out.printf(
                Locale.ROOT,
                "  %s ÷ %s, %s: %.2f (%.2f to %.2f)%n",
                ours.name(),
                theirs.name(),
                what,
                middle(ratios),
                ratios[0],
                ratios[ratios.length - 1]);
    }

    private double median(Kind kind, Side side, ToDoubleFunction<Figures> figure) {
        return middle(of(kind, side).stream()
                .map(Measured::figures)
                .mapToDouble(figure)
                .sorted()
                .toArray());
    }

    private static double middle(double[] sorted) {
        int half = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }

    private List<Measured> of(Kind kind, Side side) {
        return all.stream()
                .filter(one -> one.kind() == kind && one.side().equals(side.name()))
                .sorted(java.util.Comparator.comparingInt(Measured::round))
                .toList();
    }
}
