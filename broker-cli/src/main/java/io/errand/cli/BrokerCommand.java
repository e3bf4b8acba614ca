package io.errand.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A command that asks a broker. */
abstract class BrokerCommand implements Callable<Integer> {

    @Mixin
    private Connection connection = new Connection();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call
    private CommandSpec spec;

    @Override
    public final Integer call() {
        int code = run();
        out().flush();
        return code;
    }

    /** @return the exit code */
    abstract int run();

    final BrokerClient broker() {
        return broker(connection);
    }

    BrokerClient broker(Connection to) {
        return to.broker();
    }

    final PrintWriter out() {
        return spec.commandLine().getOut();
    }

    final PrintWriter err() {
        return spec.commandLine().getErr();
    }

    final <T> void table(List<String> head, List<T> items, Function<T, List<String>> row) {
        new Table(head).print(items.stream().map(row).toList(), out());
    }
}
