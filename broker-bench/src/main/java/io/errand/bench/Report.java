package io.errand.bench;

import io.errand.bench.Load.Figures;
import io.errand.bench.Side.Kind;
import java.io.PrintWriter;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToDoubleFunction;

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
            Spread.head(out, "");
            measured.forEach(side -> Spread.line(out, side.name(), of(kind, side)));
            for (Side theirs : measured) {
                for (Side ours : measured) {
                    if (theirs.isPeerOf(ours)) {
                        ratio(kind, ours, theirs, "rate", Figures::rate);
                        ratio(kind, ours, theirs, "p99", Figures::p99);
                    }
                }
            }
        }
        out.flush();
    }

    private void ratio(Kind kind, Side ours, Side theirs, String what, ToDoubleFunction<Figures> figure) {
        Spread.ratio(out, ours.name(), of(kind, ours), theirs.name(), of(kind, theirs), what, figure);
    }

    private List<Figures> of(Kind kind, Side side) {
        return all.stream()
                .filter(one -> one.kind() == kind && one.side().equals(side.name()))
                .sorted(Comparator.comparingInt(Measured::round))
                .map(Measured::figures)
                .toList();
    }
}
