package io.errand.cli;

import io.errand.api.log.AccessReport;
import io.errand.api.log.AccessReport.Access;
import io.errand.api.log.AccessReport.Approved;
import io.errand.api.log.Verification;
import io.errand.api.log.Verification.Verified;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code errand audit report}. */
@Command(
        name = "report",
        mixinStandardHelpOptions = true,
        description = "Say from a verified export alone who could use a tool, for whom, by whose approval, what was"
                + " observed of it, and when it was seen to be gone. Exits as verify does.")
public final class AuditReportCommand implements Callable<Integer> {

    @Mixin
    private ExportOptions export = new ExportOptions();

    @Option(names = "--tool", paramLabel = "NAME", description = "Only this tool.")
    private @Nullable String tool;

    @Option(names = "--person", paramLabel = "PERSON", description = "Only on behalf of this person.")
    private @Nullable String person;

    @Option(names = "--from", paramLabel = "TIME", description = "Live after this time (RFC 3339).")
    private @Nullable String from;

    @Option(names = "--until", paramLabel = "TIME", description = "Live before this time (RFC 3339).")
    private @Nullable String until;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        AccessReport report =
                new AccessReport(new AccessReport.Question(tool, person, time("--from", from), time("--until", until)));
        Verification found = export.verify(report);
        PrintWriter out = spec.commandLine().getOut();
        int code = AuditCommand.print(found, out);
        if (found instanceof Verified) {
            print(report, out);
        }
        out.flush();
        return code;
    }

    private static @Nullable Instant time(String option, @Nullable String given) {
        try {
            return given == null ? null : Instant.parse(given);
        } catch (DateTimeException e) {
            throw CommandFailed.usage(option
                    + " is a time in UTC as RFC 3339 has it, for example 2026-12-01T10:00:00Z; not " + given + ".");
        }
    }

    private static void print(AccessReport report, PrintWriter out) {
        List<Access> accesses = report.accesses();
        out.println("\nAllowed:");
        new Table(List.of("LEASE", "TOOL", "ACTIONS", "AGENT", "PERSON", "APPROVED BY", "FROM", "SEEN GONE", "HOW"))
                .print(
                        accesses.stream()
                                .map(access -> List.of(
                                        access.lease(),
                                        access.tool(),
                                        String.join(",", access.actions()),
                                        access.agent(),
                                        Objects.requireNonNullElse(access.person(), "nobody"),
                                        approved(access),
                                        access.from().toString(),
                                        gone(access),
                                        Objects.requireNonNullElse(access.evidence(), "")))
                                .toList(),
                        out);
        out.println("\nObserved:");
        new Table(List.of("LEASE", "TARGET", "WHAT", "COMMAND", "OBJECT", "TIMES", "FIRST", "LAST"))
                .print(
                        accesses.stream()
                                .flatMap(access -> access.observed().stream()
                                        .map(seen -> List.of(
                                                access.lease(),
                                                seen.target(),
                                                seen.what(),
                                                seen.command(),
                                                seen.object(),
                                                Long.toString(seen.times()),
                                                seen.firstAt(),
                                                seen.lastAt())))
                                .toList(),
                        out);
        out.println("\nObserved without a lease, at any target:");
        new Table(List.of("AT", "TARGET", "LOGIN", "SESSION", "REASON"))
                .print(
                        report.unleased().stream()
                                .map(seen -> List.of(
                                        seen.at().toString(),
                                        seen.target(),
                                        seen.login(),
                                        seen.session(),
                                        seen.reason()))
                                .toList(),
                        out);
    }

    private static String gone(Access access) {
        if (access.goneAt() != null) {
            return access.goneAt().toString();
        }
        return access.until() == null ? "not yet" : "not yet; ends " + access.until();
    }

    private static String approved(Access access) {
        return access.approvals().isEmpty()
                ? "nobody was asked"
                : access.approvals().stream().map(Approved::who).collect(Collectors.joining(", "));
    }
}
