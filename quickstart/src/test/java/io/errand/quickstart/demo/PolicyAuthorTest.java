package io.errand.quickstart.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.api.AuthorizationDetail;
import io.errand.cli.DevelopmentTokens;
import io.errand.cli.ErrandCommand;
import io.errand.quickstart.LocalBroker;
import io.errand.quickstart.Main;
import io.errand.quickstart.Served;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code errand policy} against a running broker: docs/policy.md to the letter, and what is typed wrongly. */
class PolicyAuthorTest {

    private static final Path DOCS = Path.of("..", "docs", "policy.md");

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private static Path data;

    @SuppressWarnings("NullAway.Init")
    private static LocalBroker broker;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    /** What a command said, and its exit code. */
    private record Said(int exit, String out, String err) {}

    @BeforeAll
    static void serve() {
        broker = Served.quickstart(data);
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @AfterEach
    void onlyTheQuickstarts() {
        for (String set : List.of("invoices", "once")) {
            broker.client().delete("/admin/v1/policies/" + set);
        }
    }

    @Test
    void theDocumentedWayFromAnIdeaToARuleInForceAndBack() throws Exception {
        written("invoices");
        List<String> way = documented("sh").lines().toList();
        assertThat(asked().status()).isEqualTo(200);

        assertThat(typed(way.get(0))).isEqualTo(new Said(0, "2 passed, 0 failed\n", ""));
        Said replayed = typed(way.get(1));
        assertThat(replayed.exit()).as(replayed.toString()).isEqualTo(1);
        assertThat(replayed.out()).contains("invoice-triage", "permit by policy@1/triage-reads", "deny by invoices@0/");
        String decision = replayed.out().lines().toList().get(1).split(" ")[0];
        Said explained = run("explain", decision);
        assertThat(explained.exit()).as(explained.toString()).isZero();
        assertThat(explained.out()).contains("by policy@1/triage-reads", "context.actions == [\"read\"]");

        assertThat(typed(way.get(2)).out()).isEqualTo("invoices version 1 is saved as a draft\n");
        assertThat(run("replay", "invoices").exit()).isEqualTo(1);
        assertThat(asked().status()).isEqualTo(200);
        assertThat(typed(way.get(3)).out()).isEqualTo("invoices version 1 is in force\n");
        Wire.Answer refused = asked();
        assertThat(refused.body().path("error").asString()).isEqualTo("access_denied");
        assertThat(refused.body().path("error_description").asString()).contains("Say which invoice this is for");
        assertThat(run("explain", refused.body().path("decision_id").asString()).out())
                .contains("policy_forbidden", "by invoices@1/names-its-invoice", "unless");

        assertThat(typed(way.get(4)).out()).contains("active", "orders are read for an invoice");
        assertThat(typed(way.get(5)).out()).isEqualTo("invoices is no longer in force\n");
        assertThat(asked().status()).isEqualTo(200);
        assertThat(typed(way.get(6)).exit()).isZero();
        assertThat(asked().status()).isEqualTo(400);
        assertThat(way).hasSize(7);
    }

    @Test
    void aTestThatFailsSaysWhatCameInstead() throws Exception {
        written("failing");
        Path test = folder.resolve("rules/failing.test.yaml");
        Files.writeString(test, Files.readString(test).replace("effect: permit", "effect: defer"));

        Said said = run("test", test.toString());

        assertThat(said.exit()).isEqualTo(1);
        assertThat(said.out()).contains("for an invoice: effect is permit, expected was defer", "1 passed, 1 failed");
    }

    @Test
    void aFlawIsNamedWithItsFileLineAndColumn() throws Exception {
        written("flawed");
        Path rule = folder.resolve("rules/flawed.cedar");
        Files.writeString(rule, Files.readString(rule).replace("context.task.context", "context.tusk"));

        for (Said said : List.of(
                run("test", folder.resolve("rules").toString()),
                run("replay", rule.toString()),
                run("save", "--reason", "x", rule.toString()))) {
            assertThat(said.exit()).isEqualTo(1);
            assertThat(said.err())
                    .startsWith("errand: ")
                    .contains("rules/flawed.cedar:8:", "tusk")
                    .hasLineCount(1);
        }
        assertThat(run("versions", "flawed").err()).isEqualTo("errand: There never was a policy of that name.\n");
    }

    @Test
    void whatIsNotThereIsSaid() throws Exception {
        written("missing");
        String nothing = folder.resolve("nothing.cedar").toString();

        refused(run("explain", "01890000-0000-7000-8000-000000000000"), "There is no such decision.");
        refused(run("explain", "nothing"), "There is no such decision.");
        refused(run("explain", "../../x y"), "cannot read this request");
        refused(run("replay", nothing), "Cannot read " + nothing);
        refused(run("replay", "no-such-set"), "There is no such version of this policy.");
        refused(run("test", folder.resolve("nothing.test.yaml").toString()), "Cannot read ");
        refused(run("test", folder.toString()), "There is no *.test.yaml file in ");
        refused(run("activate", "no-such-set", "1", "--reason", "x"), "There is no such version of this policy.");
        refused(run("delete", "no-such-set"), "There is no ");
        Files.delete(folder.resolve("rules/missing.cedar"));
        refused(run("test", folder.resolve("rules").toString()), "Cannot read ");
    }

    @Test
    void aTimeThatIsNoneAndOneThatIsTooLongAreRefused() {
        Said none = run("replay", "--since", "yesterday", "policy");
        Said much = run("replay", "--since", "P31D", "policy");

        assertThat(none.exit()).isEqualTo(2);
        assertThat(none.err())
                .contains("it is a duration such as PT10M (ISO 8601), not yesterday")
                .doesNotContain("java.");
        refused(much, "since");
    }

    @Test
    void aVersionIsPutInForceOnce() throws Exception {
        written("once");
        String rule = folder.resolve("rules/once.cedar").toString();
        assertThat(run("save", "--reason", "x", rule).out()).isEqualTo("once version 1 is in force\n");

        refused(run("activate", "once", "1", "--reason", "x"), "Version 1 is in force already.");
        refused(run("activate", "once", "7", "--reason", "x"), "There is no such version of this policy.");
        assertThat(run("activate", "once", "one", "--reason", "x").exit()).isEqualTo(2);
        assertThat(run("activate", "once", "1").exit()).isEqualTo(2);
        assertThat(run("save", rule).exit()).isEqualTo(2);
    }

    @Test
    void whoIsNobodyOrNoAdministratorIsTold() throws Exception {
        DevelopmentTokens tokens = broker.tokens();
        String workload = tokens.token(
                tokens.workloads(), Stage.AGENT, DevelopmentTokens.AUDIENCE, Duration.ofMinutes(2), Map.of());
        String auditor = tokens.administrator("ann", broker.url(), List.of("errand.auditor"), List.of());

        refused(elsewhere(null, "versions", "policy"), "ERRAND_URL is set and ERRAND_TOKEN is not");
        refused(elsewhere("garbage", "versions", "policy"), "does not accept this token");
        refused(elsewhere(workload, "versions", "policy"), "does not accept this token");
        refused(elsewhere(auditor, "delete", "policy"), "None of your roles allows this");
        assertThat(elsewhere(auditor, "versions", "policy").exit()).isZero();
    }

    private static void refused(Said said, String why) {
        assertThat(said.exit()).as(said.toString()).isEqualTo(1);
        assertThat(said.err()).startsWith("errand: ").contains(why).hasLineCount(1);
    }

    /** The documented rule and its tests, where the documentation puts them, as another set. */
    private void written(String set) throws IOException {
        Path rules = Files.createDirectory(folder.resolve("rules"));
        Files.writeString(rules.resolve(set + ".cedar"), documented("cedar"));
        Files.writeString(
                rules.resolve(set + ".test.yaml"), documented("yaml").replace("invoices.cedar", set + ".cedar"));
        Path examples = Files.createDirectories(folder.resolve("examples/quickstart"));
        Files.copy(Path.of("..", "examples", "quickstart", "policy.cedar"), examples.resolve("policy.cedar"));
    }

    /** The section's blocks of one language, one after the other. */
    private static String documented(String language) throws IOException {
        String text = Files.readString(DOCS);
        String section = text.substring(text.indexOf("## From an idea to a rule in force\n"));
        section = section.substring(0, section.indexOf("\n## "));
        Matcher block =
                Pattern.compile("(?s)   ```" + language + "\n(.*?)   ```").matcher(section);
        StringBuilder blocks = new StringBuilder();
        while (block.find()) {
            blocks.append(block.group(1).replaceAll("(?m)^   ", ""));
        }
        return blocks.toString();
    }

    /** A documented line, typed in the folder. */
    private Said typed(String line) {
        List<String> words = new ArrayList<>();
        Matcher word = Pattern.compile("\"([^\"]*)\"|(\\S+)").matcher(line);
        while (word.find()) {
            words.add(word.group(1) == null ? word.group(2) : word.group(1));
        }
        assertThat(words).startsWith("errand", "policy");
        return run(words.subList(2, words.size()).stream()
                .map(one -> one.startsWith("rules") ? folder.resolve(one).toString() : one)
                .toArray(String[]::new));
    }

    private Said run(String... line) {
        List<String> all = new ArrayList<>(List.of("policy", line[0], "--data", data.toString()));
        all.addAll(List.of(line).subList(1, line.length));
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int exit = ErrandCommand.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(all.toArray(String[]::new));
        return new Said(exit, out.toString(), err.toString());
    }

    /** As a process of its own, which is told by its environment where the broker is. */
    private Said elsewhere(@Nullable String token, String... line) throws Exception {
        List<String> all = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Xshare:auto",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "policy"));
        all.addAll(List.of(line));
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        ProcessBuilder builder = new ProcessBuilder(all)
                .directory(folder.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().put("ERRAND_URL", broker.url());
        builder.environment().remove("ERRAND_TOKEN");
        if (token != null) {
            builder.environment().put("ERRAND_TOKEN", token);
        }
        return new Said(builder.start().waitFor(), Files.readString(out), Files.readString(err));
    }

    /** The agent reads orders for no invoice. */
    private static Wire.Answer asked() throws Exception {
        DevelopmentTokens tokens = broker.tokens();
        String token = tokens.token(
                tokens.workloads(), Stage.AGENT, DevelopmentTokens.AUDIENCE, Duration.ofMinutes(1), Map.of());
        Wire wire = new Wire(broker.url());
        return wire.send(wire.exchange(
                token,
                Map.of("type", "triage", "purpose", "test", "ttl", "PT1M"),
                List.of(AuthorizationDetail.of("orders-db", List.of("read")))));
    }
}
