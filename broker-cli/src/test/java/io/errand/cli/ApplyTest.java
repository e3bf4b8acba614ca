package io.errand.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApplyTest {

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    @Test
    void resourcesAreSentInTheOrderInWhichTheySpeakOfEachOther() throws Exception {
        Files.writeString(directory.resolve("a.cedar"), "permit(principal, action, resource);");
        Files.writeString(directory.resolve("b.yaml"), "kind: Agent\nname: b\n---\nkind: Tool\nname: c\n");
        Files.writeString(directory.resolve("d.json"), "{\"kind\":\"Issuer\",\"name\":\"d\"}");
        Files.writeString(directory.resolve("notes.txt"), "not a resource");

        try (AdminApi api = new AdminApi()) {
            assertThat(ApplyCommand.apply(List.of(directory), api::client, line -> {}))
                    .isEmpty();
            assertThat(api.puts()).containsExactly("issuers/d", "tools/c", "agents/b", "policies/a");
        }
    }

    @Test
    void noProbeConcernsToolsAlone() throws Exception {
        Path file = Files.writeString(directory.resolve("b.yaml"), "kind: Agent\nname: b\n---\nkind: Tool\nname: c\n");

        try (AdminApi api = new AdminApi()) {
            assertThat(ApplyCommand.apply(List.of(file), false, api::client, line -> {}))
                    .isEmpty();
            assertThat(api.puts()).containsExactly("tools/c", "agents/b");
            assertThat(api.queries()).containsExactly("probe=false");

            ApplyCommand.apply(List.of(file), api::client, line -> {});
            assertThat(api.queries()).containsExactly("probe=false");
        }
    }

    @Test
    void everyResourceIsSaidToBeCreatedReplacedOrUnchanged() throws Exception {
        Path agent = Files.writeString(directory.resolve("a.yaml"), "kind: Agent\nname: a\nowner: me\n");
        Path policy = Files.writeString(directory.resolve("p.cedar"), "permit(principal, action, resource);");
        List<String> said = new ArrayList<>();

        try (AdminApi api = new AdminApi()) {
            ApplyCommand.apply(List.of(agent, policy), api::client, said::add);
            ApplyCommand.apply(List.of(agent, policy), api::client, said::add);
            Files.writeString(agent, "kind: Agent\nname: a\nowner: you\n");
            ApplyCommand.apply(List.of(agent), api::client, said::add);

            assertThat(said)
                    .containsExactly(
                            "created agent a",
                            "created policy p",
                            "unchanged agent a",
                            "unchanged policy p",
                            "replaced agent a");
        }
    }

    @Test
    void whatTheServiceWarnsOfIsSaid() throws Exception {
        // This API answers with what it is given.
        Path policy = Files.writeString(
                directory.resolve("p.yaml"),
                "kind: Policy\nname: p\ncedar: 'forbid(principal, action, resource);'\nwarnings: [\"line 1: no tool 'x' is registered\"]\n");
        List<String> said = new ArrayList<>();

        try (AdminApi api = new AdminApi()) {
            ApplyCommand.apply(List.of(policy), api::client, said::add);
        }

        assertThat(said).containsExactly("created policy p", "  warning: line 1: no tool 'x' is registered");
    }

    @Test
    void whatIsMeantIsSaidToTheService() throws Exception {
        Path agent =
                Files.writeString(directory.resolve("a.yaml"), "kind: Agent\nname: a\n---\nkind: Issuer\nname: i\n");
        try (AdminApi api = new AdminApi()) {
            List<Resource> resources = ResourceFiles.read(List.of(agent)).resources();
            Applying applying = new Applying(api.client(), new Applying.How(true, true, true), resources);
            resources.forEach(applying::apply);

            assertThat(api.queries()).containsExactly("revoke=true", "allow_missing=true&revoke=true");
        }
    }

    @Test
    void anAgentComesAfterThoseItHandsTasksToAndOtherwiseTheyAreAnnounced() throws Exception {
        Path agents = Files.writeString(directory.resolve("a.yaml"), """
                kind: Agent
                name: head
                delegates_to: [left, right]
                ---
                kind: Agent
                name: left
                delegates_to: [right, elsewhere]
                ---
                kind: Agent
                name: right
                delegates_to: [left]
                """);
        try (AdminApi api = new AdminApi()) {
            assertThat(ApplyCommand.apply(List.of(agents), api::client, line -> {}))
                    .isEmpty();

            assertThat(api.puts()).containsExactly("agents/right", "agents/head", "agents/left");
            assertThat(api.queries()).containsExactly("announced=left", "announced=left");
        }
    }

    @Test
    void anUnreachableBrokerIsOneSentence() throws Exception {
        Files.writeString(directory.resolve("a.yaml"), "kind: Agent\nname: a\n");
        AdminApi gone = new AdminApi();
        BrokerClient client = gone.client();
        gone.close();

        assertThatThrownBy(() -> ApplyCommand.apply(List.of(directory), () -> client, line -> {}))
                .isInstanceOf(CommandFailed.class)
                .hasMessageStartingWith("No broker answers at http://127.0.0.1:");
    }

    @Test
    void withoutADataDirectoryItSaysHowToGetOne() throws Exception {
        Path agent = Files.writeString(directory.resolve("a.yaml"), "kind: Agent\nname: a\n");
        StringWriter err = new StringWriter();

        int exit = ErrandCommand.commandLine()
                .setErr(new PrintWriter(err))
                .execute("apply", "-f", agent.toString(), "--data", directory.toString());

        assertThat(exit).isEqualTo(1);
        assertThat(err.toString())
                .hasLineCount(1)
                .startsWith("errand: There is no " + directory.resolve("serve.json") + ": start a broker with");
    }

    @Test
    void anUnknownOptionIsExitCodeTwo() {
        StringWriter err = new StringWriter();

        int exit = ErrandCommand.commandLine()
                .setErr(new PrintWriter(err))
                .execute("apply", "-f", "pom.xml", "--nonsense");

        assertThat(exit).isEqualTo(2);
        assertThat(err.toString()).contains("--nonsense");
    }
}
