package io.errand.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** The root of all commands. */
@Command(
        name = "errand",
        mixinStandardHelpOptions = true,
        version = "errand 0.1.0-SNAPSHOT",
        description =
                "A just-in-time credential broker for AI agents: credentials that live exactly as long as the task.",
        subcommands = {
            ApplyCommand.class,
            AgentsCommand.class,
            ToolsCommand.class,
            OwnersCommand.class,
            DirectoryCommand.class,
            RevokeCommand.class,
            RiskCommand.class,
            ExceptionsCommand.class,
            LeasesCommand.class,
            PolicyCommand.class,
            LocksCommand.class,
            ProposalsCommand.class,
            UnusedCommand.class,
            DiscoveredCommand.class,
            UnlockCommand.class,
            ApprovalsCommand.class,
            BreakGlassCommand.class,
            VaultCommand.class,
            TargetsCommand.class,
            DeploymentCommand.class,
            AuditCommand.class,
            ReceiptCommand.class,
            DoctorCommand.class,
            CeilingCommand.class,
            ExecCommand.class,
            McpGuardCommand.class,
            HelpCommand.class
        })
public final class ErrandCommand implements Runnable {

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before run
    private CommandSpec spec;

    /** The command line with every command of this module; others may be added to it. */
    public static CommandLine commandLine() {
        return new CommandLine(new ErrandCommand())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .registerConverter(Duration.class, ErrandCommand::duration)
                .setExecutionExceptionHandler((fault, line, parsed) -> {
                    if (!(fault instanceof CommandFailed failed)) {
                        throw fault;
                    }
                    PrintWriter err = line.getErr();
                    err.println("errand: " + failed.getMessage());
                    err.flush();
                    return failed.exitCode();
                })
                .setParameterExceptionHandler(ErrandCommand::wrongUsage);
    }

    /** Two lines: what is wrong, and where to read how it is right. */
    private static int wrongUsage(ParameterException fault, String[] arguments) {
        CommandLine line = fault.getCommandLine();
        PrintWriter err = line.getErr();
        err.println("errand: " + String.valueOf(fault.getMessage()).lines().collect(Collectors.joining(" ")));
        err.println("See `" + line.getCommandSpec().qualifiedName() + " --help`.");
        err.flush();
        return CommandLine.ExitCode.USAGE;
    }

    private static Duration duration(String text) {
        try {
            return Duration.parse(text);
        } catch (DateTimeParseException e) {
            throw new TypeConversionException("it is a duration such as PT10M (ISO 8601), not " + text + ".");
        }
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Which command?");
    }
}
