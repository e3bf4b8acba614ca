package io.errand.cli;

import io.errand.api.PolicyTestReport;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code errand policy test}. */
@Command(
        name = "test",
        mixinStandardHelpOptions = true,
        description = {
            "Ask policies that are not in force, and compare. Cases are in *.test.yaml files beside the .cedar files.",
            "Exit code 1 if one fails."
        })
final class PolicyTestCommand extends BrokerCommand {

    @Parameters(paramLabel = "FILE|DIR", arity = "1..*", description = "A *.test.yaml file, or a directory of them.")
    private List<Path> files = List.of();

    @Override
    int run() {
        List<Mistake> mistakes = new ArrayList<>();
        List<PolicyTestFile> tests = PolicyTestFile.read(files, mistakes);
        mistakes.forEach(err()::println);
        err().flush();
        if (!mistakes.isEmpty()) {
            return 1;
        }
        BrokerClient broker = broker();
        int passed = 0;
        int failed = 0;
        for (PolicyTestFile test : tests) {
            BrokerClient.Answer answer = broker.post("/admin/v1/policies/test", test.request());
            if (!answer.isSuccess() && !answer.body().has("line")) {
                throw new CommandFailed(test.path() + ": " + answer.refusal());
            }
            PolicyTestReport report = test.policies().accepted(answer).as(PolicyTestReport.class);
            passed += report.passed();
            failed += report.failed();
            report.results().stream()
                    .filter(result -> !result.passed())
                    .forEach(result ->
                            out().println(Table.plain(test.path() + ": " + result.name() + ": " + result.mismatch())));
        }
        out().println(passed + " passed, " + failed + " failed");
        return failed == 0 ? 0 : 1;
    }
}
