package io.errand.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** {@code errand locks}. */
@Command(name = "locks", mixinStandardHelpOptions = true, description = "List the locks that stand.")
public final class LocksCommand implements Callable<Integer> {

    @Mixin
    private Connection connection = new Connection();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call
    private CommandSpec spec;

    @Override
    public Integer call() {
        BrokerClient.Answer answer = connection.broker().get("/admin/v1/locks").orFail();
        List<List<String>> rows = new ArrayList<>();
        for (JsonNode lock : answer.body().path("items")) {
            rows.add(List.of(
                    lock.path("id").asString(""),
                    String.join(
                            ", ",
                            lock.path("scope")
                                    .propertyStream()
                                    .map(member -> member.getKey() + " "
                                            + member.getValue().asString(""))
                                    .toList()),
                    lock.path("who").asString(""),
                    lock.path("created_at").asString(""),
                    lock.path("reason").asString("")));
        }
        new Table(List.of("LOCK", "SCOPE", "WHO", "SINCE", "REASON"))
                .print(rows, spec.commandLine().getOut());
        spec.commandLine().getOut().flush();
        return 0;
    }
}
