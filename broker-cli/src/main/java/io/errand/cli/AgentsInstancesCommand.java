package io.errand.cli;

import io.errand.api.AgentInstances;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code errand agents instances}. */
@Command(
        name = "instances",
        mixinStandardHelpOptions = true,
        description = "List the workloads of an agent that have tasks now, those that began one last, first.")
final class AgentsInstancesCommand extends BrokerCommand {

    @Parameters(paramLabel = "NAME", description = "The agent.")
    private String name = "";

    @Override
    int run() {
        AgentInstances found = broker().get("/admin/v1/agents/" + BrokerClient.encoded(name) + "/instances")
                .as(AgentInstances.class);
        table(
                List.of("ISSUER", "SUBJECT", "TASKS", "SINCE", "LAST"),
                found.instances(),
                one -> List.of(
                        one.issuer(),
                        one.subject(),
                        Long.toString(one.tasks()),
                        one.firstAt().toString(),
                        one.lastAt().toString()));
        if (found.truncated()) {
            out().println("There are more.");
        }
        return 0;
    }
}
