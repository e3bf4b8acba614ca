package io.errand.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** {@code errand policy test}. */
@Command(
        name = "test",
        mixinStandardHelpOptions = true,
        description = {
            "Ask policies that are not in force, and compare. Cases are in *.test.yaml files beside the .cedar files.",
            "Exit code 1 if one fails."
        })
final class PolicyTestCommand implements Callable<Integer> {

    @Parameters(paramLabel = "FILE|DIR", arity = "1..*", description = "A *.test.yaml file, or a directory of them.")
    private List<Path> files = List.of();

    @Mixin
    private Connection connection = new Connection();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call
    private CommandSpec spec;

    @Override
    public Integer call() {
        List<Mistake> mistakes = new ArrayList<>();
        List<PolicyTestFile> tests = PolicyTestFile.read(files, mistakes);
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        mistakes.forEach(err::println);
        err.flush();
        if (!mistakes.isEmpty()) {
            return 1;
        }
        BrokerClient broker = connection.broker();
        int passed = 0;
        int failed = 0;
        for (PolicyTestFile test : tests) {
            BrokerClient.Answer answer = broker.post("/admin/v1/policies/test", test.request());
            if (!answer.isSuccess()) {
                throw answer.body().has("line")
                        ? test.policies().failed(answer)
                        : new CommandFailed(test.path() + ": " + answer.refusal());
            }
            passed += answer.body().path("passed").asInt(0);
            failed += answer.body().path("failed").asInt(0);
            for (JsonNode result : answer.body().path("results")) {
                if (!result.path("passed").asBoolean(false)) {
                    out.println(
                            Table.plain(test.path() + ": " + result.path("name").asString("") + ": "
                                    + result.path("mismatch").asString("")));
                }
            }
        }
        out.println(passed + " passed, " + failed + " failed");
        out.flush();
        return failed == 0 ? 0 : 1;
    }
}
