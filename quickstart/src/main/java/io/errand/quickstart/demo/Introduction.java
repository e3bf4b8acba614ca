package io.errand.quickstart.demo;

import io.errand.cli.ApplyCommand;
import java.util.ArrayList;
import java.util.List;

/** Step 1. */
final class Introduction implements Step {

    @Override
    public String title() {
        return "An agent, its tools and a policy";
    }

    @Override
    public void play(Stage stage) {
        Narrator narrator = stage.narrator();
        narrator.say("The agent " + Stage.AGENT
                + " matches invoices to orders. It may read two databases; the policy permits"
                + " reading, but nothing restricted in production.");
        narrator.typed("./errand apply -f examples/quickstart");
        List<String> done = new ArrayList<>();
        List<String> mistakes = ApplyCommand.apply(List.of(stage.examples()), stage.broker()::client, line -> {
            done.add(line);
            narrator.answer(line);
        });
        narrator.proof(
                mistakes.isEmpty() && done.stream().allMatch(line -> line.startsWith("created ")),
                "the broker knows " + done.size() + " resources that it did not know before",
                mistakes.isEmpty() ? String.join(", ", done) : mistakes.getFirst());
    }
}
