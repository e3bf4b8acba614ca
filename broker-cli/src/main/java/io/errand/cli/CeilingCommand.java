package io.errand.cli;

import io.errand.api.AgentCeiling;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code errand ceiling}: what the agent whose token is given may have. */
@Command(
        name = "ceiling",
        mixinStandardHelpOptions = true,
        description =
                "What an agent may have, by its workload token: task types, tools, actions, and what people must approve.")
public final class CeilingCommand implements Callable<Integer> {

    @Mixin
    private WorkloadIdentity identity = new WorkloadIdentity();

    @Option(names = "--json", description = "The broker's answer as it is.")
    private boolean asJson;

    @Mixin
    private AgentsBroker broker = new AgentsBroker();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call
    private CommandSpec spec;

    @Override
    public Integer call() {
        Supplier<String> token = identity.token();
        BrokerClient.Answer answer = new BrokerClient(
                        broker.address(),
                        token,
                        broker.tls(),
                        "it must be the workload token of a registered agent." + identity.hint())
                .get("/v1/agent")
                .orFail();
        PrintWriter out = spec.commandLine().getOut();
        if (asJson) {
            out.println(answer.body().toPrettyString());
        } else {
            print(answer.as(AgentCeiling.class), out);
        }
        out.flush();
        return 0;
    }

    private static void print(AgentCeiling ceiling, PrintWriter out) {
        out.println(Table.plain(ceiling.agent() + ": " + ceiling.purpose()));
        out.println(Table.plain("Tasks of type " + String.join(", ", ceiling.taskTypes()) + " last at most "
                + ceiling.maxTtl() + ", with at most " + ceiling.maxLiveLeases() + " credentials at a time"
                + (ceiling.reviewBy() == null ? "" : ", until the review on " + ceiling.reviewBy())
                + ". For more, ask " + ceiling.owner() + "."));
        List<List<String>> rows = new ArrayList<>();
        for (AgentCeiling.Tool tool : ceiling.tools()) {
            for (AgentCeiling.Access access : tool.access()) {
                rows.add(List.of(
                        tool.tool(),
                        access.action(),
                        access.taskType(),
                        access.approvals() == null || access.approvals().isEmpty()
                                ? access.decision()
                                : "approval by " + String.join(", ", access.approvals()),
                        shorter(tool.maxTtl(), access.maxTtl(), ceiling.maxTtl())
                                .toString()));
            }
        }
        new Table(List.of("TOOL", "ACTION", "TASK", "NOW", "AT MOST")).print(rows, out);
    }

    private static Duration shorter(@Nullable Duration ofTool, @Nullable Duration ofPolicy, Duration ofTask) {
        Duration shortest = ofTool == null || ofTool.compareTo(ofTask) > 0 ? ofTask : ofTool;
        return ofPolicy == null || ofPolicy.compareTo(shortest) > 0 ? shortest : ofPolicy;
    }
}
