package io.errand.cli;

import io.errand.api.DecisionView;
import io.errand.api.Json;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code errand policy explain}. */
@Command(
        name = "explain",
        mixinStandardHelpOptions = true,
        description = "Say why a decision was what it was, with the policies as they were then.")
final class PolicyExplainCommand extends BrokerCommand {

    @Parameters(paramLabel = "DECISION_ID", description = "As a refusal or the audit log names it.")
    private String decision = "";

    @Override
    int run() {
        BrokerClient.Answer answer = broker().get("/admin/v1/decisions/" + BrokerClient.encoded(decision));
        DecisionView view = answer.as(DecisionView.class);
        line("decision", view.decision() + " at " + view.at());
        line("outcome", Objects.requireNonNullElse(view.outcome(), "") + " (" + view.kind() + ")");
        line("reason", view.reason());
        line("detail", view.detail());
        line("agent", view.agent());
        line("task", view.task());
        line(
                "asked",
                view.question() == null ? null : answer.body().path("question").toString());
        for (DecisionView.Ruling ruling : view.rulings()) {
            out().println();
            out().println(Table.plain(ruling.effect() + " " + ruling.tool() + " "
                    + Json.mapper().writeValueAsString(ruling.actions())
                    + (ruling.reason() == null ? "" : ": " + ruling.reason())));
            policies("by", ruling.policies());
            policies("lifted by break-glass", ruling.lifted());
            policies("observed only", ruling.observed());
        }
        return 0;
    }

    private void policies(String how, List<DecisionView.Policy> policies) {
        for (DecisionView.Policy policy : policies) {
            out().println(Table.plain("  " + how + " " + policy.id()));
            if (policy.cedar() != null) {
                policy.cedar().lines().forEach(text -> out().println(Table.plain("    " + text)));
            }
        }
    }

    private void line(String name, @Nullable String value) {
        if (value != null) {
            out().println(Table.plain(name + ": " + value));
        }
    }
}
