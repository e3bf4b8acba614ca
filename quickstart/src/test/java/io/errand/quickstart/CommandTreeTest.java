package io.errand.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.cli.DevelopmentKey;
import io.errand.cli.ServeFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** Every command that there is, as it must not be called: it says what is wrong in two lines, and nothing on standard output. */
class CommandTreeTest {

    private static final Set<Class<?>> TYPED =
            Set.of(int.class, Integer.class, long.class, Long.class, Duration.class, URI.class);

    /** These start a broker, or need none. */
    private static final Set<String> WITHOUT_BROKER = Set.of(
            "serve",
            "demo",
            "dev-token",
            "help",
            "audit verify",
            "audit report",
            "receipt verify",
            "receipt verify-report");

    /** What each command needs to get as far as its broker. A command that is not here fails the test. */
    private static final Map<String, String> ENOUGH = Map.ofEntries(
            Map.entry("apply", "-f ../examples/quickstart"),
            Map.entry("agents", ""),
            Map.entry("agents activate", "a --reason r"),
            Map.entry("agents suspend", "a --reason r"),
            Map.entry("agents retire", "a --reason r"),
            Map.entry("agents transfer", "a --to o --reason r"),
            Map.entry("agents history", "a"),
            Map.entry("agents review", "a"),
            Map.entry("agents report", "a"),
            Map.entry("tools", ""),
            Map.entry("tools probe", "t"),
            Map.entry("owners", ""),
            Map.entry("owners departed", "o --reason r"),
            Map.entry("owners returned", "o --reason r"),
            Map.entry("directory", ""),
            Map.entry("directory pending", ""),
            Map.entry("directory approve", "01900000-0000-7000-8000-000000000000 --reason r"),
            Map.entry("directory reject", "01900000-0000-7000-8000-000000000000 --reason r"),
            Map.entry("directory token", ""),
            Map.entry("directory token create", "n"),
            Map.entry("directory token list", ""),
            Map.entry("directory token revoke", "01900000-0000-7000-8000-000000000000"),
            Map.entry("revoke", "--agent a --reason r"),
            Map.entry("exceptions", ""),
            Map.entry("exceptions propose", "late --agent a --owner o --reason r --until 2027-01-31T00:00:00Z"),
            Map.entry("exceptions approve", "01900000-0000-7000-8000-000000000000"),
            Map.entry("exceptions end", "01900000-0000-7000-8000-000000000000"),
            Map.entry("risk", ""),
            Map.entry("risk list", ""),
            Map.entry("risk raise", "--agent a --points 40 --for PT1H --reason r"),
            Map.entry("risk clear", "01900000-0000-7000-8000-000000000000"),
            Map.entry("leases", ""),
            Map.entry("leases reconcile", ""),
            Map.entry("policy test", "../examples/policies"),
            Map.entry("policy save", "../examples/mcp/desk.cedar --reason r"),
            Map.entry("policy replay", "desk"),
            Map.entry("policy explain", "01900000-0000-7000-8000-000000000000"),
            Map.entry("policy versions", "desk"),
            Map.entry("policy activate", "desk 1 --reason r"),
            Map.entry("policy delete", "desk"),
            Map.entry("locks", ""),
            Map.entry("proposals", ""),
            Map.entry("proposals adopt", "01900000-0000-7000-8000-000000000000"),
            Map.entry("unused", ""),
            Map.entry("agents instances", "a"),
            Map.entry("owners limits", ""),
            Map.entry("discovered", ""),
            Map.entry("discovered register", "01900000-0000-7000-8000-000000000000 --owner o --purpose p"),
            Map.entry("discovered ignore", "01900000-0000-7000-8000-000000000000 --comment c"),
            Map.entry("agents usage", "a"),
            Map.entry("agents rightsize", "a"),
            Map.entry("proposals dismiss", "01900000-0000-7000-8000-000000000000"),
            Map.entry("unlock", "01900000-0000-7000-8000-000000000000"),
            Map.entry("approvals", ""),
            Map.entry("approvals show", "01900000-0000-7000-8000-000000000000"),
            Map.entry("approvals approve", "01900000-0000-7000-8000-000000000000 --digest sha256:0"),
            Map.entry("approvals deny", "01900000-0000-7000-8000-000000000000 --digest sha256:0"),
            Map.entry("breakglass", ""),
            Map.entry("breakglass activate", "--agent a --tool t --ttl PT5M --ticket I --reason r"),
            Map.entry("breakglass end", "01900000-0000-7000-8000-000000000000"),
            Map.entry("breakglass review", "01900000-0000-7000-8000-000000000000 --finding justified --comment c"),
            Map.entry("vault check", ""),
            Map.entry("targets check", "orders"),
            Map.entry("doctor", ""),
            Map.entry("deployment adopt", "--reason r"),
            Map.entry("deployment new", "--reason r"),
            Map.entry("audit export", ""),
            Map.entry("audit key", ""),
            Map.entry("audit access", "--task 01900000-0000-7000-8000-000000000000"),
            Map.entry("audit checkpoint", ""),
            Map.entry("audit proof", "--lease 01900000-0000-7000-8000-000000000000"),
            Map.entry("ceiling", "--token-command id"),
            Map.entry("exec", "--task t --tool a:b --token-command id -- true"),
            Map.entry("mcp-guard", "--task t --tool a:b --token-command id -- true"));

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    private record Run(int exit, String out, String err) {}

    /** Names with spaces, the root's is empty. */
    static Stream<String> commands() {
        List<String> names = new ArrayList<>();
        collect(Main.commandLine(), "", names);
        return names.stream();
    }

    private static void collect(CommandLine command, String name, List<String> names) {
        names.add(name);
        command.getSubcommands().forEach((word, sub) -> collect(sub, (name + " " + word).strip(), names));
    }

    private static CommandLine find(String command) {
        CommandLine at = Main.commandLine();
        for (String word : words(command)) {
            at = Objects.requireNonNull(at.getSubcommands().get(word), command);
        }
        return at;
    }

    private static List<String> words(String text) {
        return text.isBlank() ? List.of() : Arrays.asList(text.strip().split(" +"));
    }

    private static Run run(String command, List<String> arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int exit = Main.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(Stream.concat(words(command).stream(), arguments.stream())
                        .toArray(String[]::new));
        return new Run(exit, out.toString(), err.toString());
    }

    @ParameterizedTest
    @MethodSource("commands")
    void helpIsHelp(String command) {
        if (command.equals("help")) {
            return; // it is help itself, and prints that of the command which it is given
        }
        Run run = run(command, List.of("--help"));

        assertThat(run.exit()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).startsWith("Usage: errand" + (command.isEmpty() ? "" : " " + command));
        for (OptionSpec option : find(command).getCommandSpec().options()) {
            assertThat(option.description())
                    .as("%s %s", command, option.longestName())
                    .isNotEmpty();
            if (option.arity().max() > 0) {
                assertThat(option.paramLabel())
                        .as("the form of %s %s", command, option.longestName())
                        .matches("[A-Z0-9][A-Za-z0-9_:=,.|\\[\\]]*");
                if (hasDefault(option)) {
                    assertThat(String.join(" ", option.description()).toLowerCase(java.util.Locale.ROOT))
                            .as("the default of %s %s", command, option.longestName())
                            .contains("default");
                }
            }
        }
    }

    private static boolean hasDefault(OptionSpec option) {
        Object initial = option.initialValue();
        return !option.required()
                && (option.defaultValue() != null
                        || (initial != null
                                && !initial.toString().isEmpty()
                                && !Set.of("[]", "{}", "false").contains(initial.toString())));
    }

    @ParameterizedTest
    @MethodSource("commands")
    void anOptionThatIsNotThereIsTwoLines(String command) {
        if (command.equals("help")) {
            return; // whatever follows it is the command that it tells about
        }
        isUsageError(run(command, List.of("--no-such-option")), command);
    }

    @ParameterizedTest
    @MethodSource("commands")
    void aWrongValueIsTwoLines(String command) {
        for (OptionSpec option : find(command).getCommandSpec().options()) {
            if (TYPED.contains(option.type())) {
                isUsageError(run(command, List.of(option.longestName() + "=no\n such : value")), option.longestName());
            }
        }
    }

    private static void isUsageError(Run run, String what) {
        assertThat(run.exit()).as(what + run.err()).isEqualTo(2);
        assertThat(run.out()).as(what).isEmpty();
        assertThat(run.err().lines().toList())
                .as(what)
                .hasSize(2)
                .first()
                .asString()
                .startsWith("errand: ");
        assertThat(run.err().lines().toList()).as(what).last().asString().matches("See `errand.* --help`\\.");
    }

    @ParameterizedTest
    @MethodSource("commands")
    void withoutArgumentsItSaysWhatIsMissing(String command) {
        if (Set.of("serve", "demo", "help").contains(command)) {
            return;
        }
        Run run = run(command, List.of());

        assertThat(run.exit()).as(run.err()).isBetween(1, 2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err().lines().toList())
                .hasSize(run.exit())
                .first()
                .asString()
                .startsWith("errand: ");
    }

    @ParameterizedTest
    @MethodSource("commands")
    void aBrokerThatIsAwayIsOneLine(String command) throws IOException {
        CommandLine line = find(command);
        if (WITHOUT_BROKER.contains(command)
                || (!line.getSubcommands().isEmpty() && !ENOUGH.containsKey(command))) { // a group of commands
            return;
        }
        String url = "http://127.0.0.1:" + Ports.any();
        new ServeFile(url, url, url, url).write(folder);
        DevelopmentKey.loadOrCreate(folder);
        assertThat(ENOUGH).as("say above what " + command + " needs").containsKey(command);
        List<String> arguments = new ArrayList<>(List.of("--data", folder.toString()));
        arguments.addAll(words(Objects.requireNonNull(ENOUGH.get(command))));

        Run run = run(command, arguments);

        // To the doctor, 1 is a warning.
        assertThat(run.exit()).as(run.err()).isEqualTo(command.equals("doctor") ? 2 : 1);
        assertThat(run.out()).isEmpty();
        assertThat(run.err())
                .as(command)
                .startsWith("errand: No broker answers at " + url)
                .hasLineCount(1);
    }

    @Test
    void aServeThatCannotStartIsOneLine() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");

        Run run = run("serve", List.of("--data", file.toString()));

        assertThat(run.exit()).isEqualTo(1);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).hasLineCount(1).startsWith("errand: Cannot use ");
    }
}
