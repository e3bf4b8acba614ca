package io.errand.bench;

import io.errand.bench.Load.Figures;
import io.errand.cli.CommandFailed;
import io.errand.quickstart.Ports;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code errand bench evaluate}. */
@Command(
        name = "evaluate",
        mixinStandardHelpOptions = true,
        description = {
            "Decisions about single actions, on record before they are answered, beside Open Policy Agent with its decision log.",
            "OPA is ERRAND_OPA_BIN, or opa of the path."
        })
final class EvaluationBench extends Bench {

    private static final String ERRAND = "Errand, 100 policies";
    private static final String OPA = "OPA, 100 rules";
    private static final String FEW = "Errand, 10 policies, sliced";
    private static final String MANY = "Errand, 1,000 policies, sliced";

    @Option(
            names = "--connections",
            defaultValue = "16",
            description = "Requests under way at a time (default: ${DEFAULT-VALUE}).")
    private int connections;

    @Override
    void compare(Path folder, Servers servers, PrintWriter out) throws IOException, InterruptedException {
        Path opa = OpaServer.binary()
                .orElseThrow(
                        () -> new CommandFailed("No OPA: name its binary in ERRAND_OPA_BIN, or put it on the path."));
        say("Starting Errand and OPA …");
        try (ErrandSide errand = ErrandSide.start(folder.resolve("errand"), Ports.any(), servers);
                OpaServer other = OpaServer.start(opa, folder.resolve("opa"), Ports.any(), 100)) {
            EvaluatingErrand evaluating = new EvaluatingErrand(errand);
            Map<String, Supplier<Operation>> sides = new LinkedHashMap<>();
            sides.put(ERRAND, () -> evaluating.amongGeneral(100));
            sides.put(OPA, other::operation);
            sides.put(FEW, () -> evaluating.amongSpecific(10));
            sides.put(MANY, () -> evaluating.amongSpecific(1_000));
            Map<String, List<Figures>> measured = measured(sides);
            other.checkLogged();
            print(measured, out);
        }
    }

    /** Sides in turns within rounds, and in another order each time. */
    private Map<String, List<Figures>> measured(Map<String, Supplier<Operation>> sides) throws InterruptedException {
        Map<String, List<Figures>> all = new LinkedHashMap<>();
        for (Map.Entry<String, Supplier<Operation>> side : sides.entrySet()) {
            new Load(connections, warmUp).on(side.getValue().get());
            all.put(side.getKey(), new ArrayList<>());
        }
        List<String> names = List.copyOf(all.keySet());
        for (int round = 0; round < rounds; round++) {
            for (String name : round % 2 == 0 ? names : names.reversed()) {
                Operation operation = sides.getOrDefault(name, () -> {
                            throw new IllegalStateException(name);
                        })
                        .get();
                all.getOrDefault(name, List.of()).add(new Load(connections, time).on(operation));
            }
            say("round " + (round + 1) + " of " + rounds);
        }
        return all;
    }

    private static void print(Map<String, List<Figures>> all, PrintWriter out) {
        out.println();
        Spread.head(out, "evaluation");
        all.forEach((name, figures) -> Spread.line(out, name, figures));
        ratio(all, ERRAND, OPA, "rate", Figures::rate, out);
        ratio(all, ERRAND, OPA, "p99", Figures::p99, out);
        ratio(all, MANY, FEW, "time of one", figures -> 1 / figures.rate(), out);
        out.flush();
    }

    private static void ratio(
            Map<String, List<Figures>> all,
            String one,
            String other,
            String what,
            ToDoubleFunction<Figures> figure,
            PrintWriter out) {
        Spread.ratio(
                out, one, all.getOrDefault(one, List.of()), other, all.getOrDefault(other, List.of()), what, figure);
    }
}
