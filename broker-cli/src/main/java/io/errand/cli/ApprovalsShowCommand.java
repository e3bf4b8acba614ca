package io.errand.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code errand approvals show}. */
@Command(
        name = "show",
        mixinStandardHelpOptions = true,
        description = "Show every member of what would be granted, and its digest.")
final class ApprovalsShowCommand extends BrokerCommand {

    @Parameters(paramLabel = "ID", description = "The approval, as `errand approvals` lists it.")
    private String id = "";

    @Override
    int run() {
        Request.read(broker(), id).print(out());
        return 0;
    }
}
