package io.errand.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code apply} names the file, the line and the member of a mistake, and then sends nothing at all. */
class MistakesHaveALineTest {

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            kind: Agent\\nname: a\\nname: b                           | 3: name: is here twice; the first is on line 2
            kind: Agent\\nname: a\\nownr: me                          | 3: ownr: is not a member of Agent; did you mean owner?
            kind: Robot\\nname: a                                     | 1: kind: 'Robot' is not known; it is one of Issuer, Tool, TaskType, Agent, Policy
            name: a\\nowner: me                                       | 1: kind: say which: Issuer, Tool, TaskType, Agent, Policy
            kind: Agent\\nowner: me                                   | 1: name: is missing
            kind: Agent\\nname: 007                                   | ok
            kind: Agent\\nname: 7                                     | 2: name: must be text; put it in quotes
            kind: Agent\\nname: A/../b                                | 2: name: has 1 to 63 characters out of a-z, 0-9, '.', '_' and '-', and begins and ends with a letter or digit
            kind: Agent\\nname: a\\nowner: 12                         | 3: owner: must be text; put it in quotes
            kind: Agent\\nname: a\\ntask_types: triage                | 3: task_types: must be a list
            kind: Agent\\nname: a\\nmax_ttl: ten minutes              | 3: max_ttl: must be a duration of days, hours, minutes and seconds, such as PT10M
            kind: Agent\\nname: a\\nmax_ttl: 600                      | 3: max_ttl: must be a duration of days, hours, minutes and seconds, such as PT10M
            kind: Agent\\nname: a\\nmax_ttl: P1M                      | 3: max_ttl: must be a duration of days, hours, minutes and seconds, such as PT10M
            kind: Agent\\nname: a\\nreview_by: next year              | 3: review_by: must be a day, such as 2027-03-01
            kind: Agent\\nname: a\\nreview_by: 2027-03-01             | ok
            kind: Agent\\nname: a\\nmax_live_leases: "5"              | 3: max_live_leases: must be a whole number
            kind: Agent\\nname: a\\nidentities:\\n- issuer: i\\n  sub: s | 5: identities[0].sub: is not a member of what stands here; its members are issuer, subject, subject_prefix
            kind: Agent\\nname: a\\ntools:\\n- orders-db              | 4: tools[0]: must be members with names
            kind: Issuer\\nname: a\\nsingle_use: yes                  | 3: single_use: must be true or false
            kind: Agent\\nname: &x a\\nowner: *x                      | 3: aliases are not understood; write the value of *x out
            kind: Agent\\nname: !!binary aGk=                         | 2: tags are not understood; leave tag:yaml.org,2002:binary out
            kind: Agent\\nname: [a                                    | 2:9: this is not YAML: expected ',' or ']', but got <stream end>
            - a                                                       | 1: a resource is a list of members, such as kind: Agent
            kind: Tool\\nname: t\\n---\\nkind: Tool\\nname: t         | 5: name: tool t is already in %s:2
            """)
    void inYaml(String yaml, String expected) throws Exception {
        Path file = write("r.yaml", yaml.replace("\\n", "\n"));

        try (AdminApi api = new AdminApi()) {
            List<String> mistakes = apply(api, file);

            if (expected.equals("ok")) {
                assertThat(mistakes).isEmpty();
            } else {
                assertThat(mistakes).containsExactly(file + ":" + expected.replace("%s", file.toString()));
                assertThat(api.puts()).isEmpty();
            }
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {\\n"kind": "Agent",\\n"name": "a",\\n"ownr": "me"} | 4: ownr: is not a member of Agent; did you mean owner?
            {\\n"kind": "Agent",\\n"name": "a",\\n"name": "b"}  | 4:7: this is not JSON: Duplicate Object property "name"
            {"kind": "Agent",\\n\\t"name": "a"}{}              | 2: a JSON file holds one resource; put the next into another file
            []                                                  | 1: a resource is a JSON object
            """)
    void inJson(String json, String expected) throws Exception {
        Path file = write("r.json", json.replace("\\n", "\n").replace("\\t", "\t"));

        try (AdminApi api = new AdminApi()) {
            assertThat(apply(api, file)).containsExactly(file + ":" + expected);
        }
    }

    @Test
    void whatTheServiceRefusesHasALineToo() throws Exception {
        Path file = write("r.yaml", """
                kind: Tool
                name: t
                ---
                kind: Agent
                name: a
                identities:
                  - issuer: nobody
                    subject: s
                """);
        try (AdminApi api = new AdminApi()) {
            api.refuse("agents/a", """
                    {"type":"urn:errand:problem:invalid-member","member":"identities[0].issuer","detail":"No such issuer."}""");

            assertThat(apply(api, file)).containsExactly(file + ":7: identities[0].issuer: No such issuer.");
        }
    }

    @Test
    void aMissingMemberIsOnTheLineOfWhatLacksIt() throws Exception {
        Path file = write("r.yaml", "---\nkind: Tool\nname: t\n---\nkind: Agent\nname: a\n");
        try (AdminApi api = new AdminApi()) {
            api.refuse("agents/a", """
                    {"member":"owner","detail":"An agent has an owner; say who answers for it."}""");

            assertThat(apply(api, file))
                    .containsExactly(file + ":5: owner: An agent has an owner; say who answers for it.");
        }
    }

    @Test
    void policiesAreRefusedWithTheirOwnLineAndColumn() throws Exception {
        Path cedar = write("p.cedar", "// fine\npermitt(principal, action, resource);\n");
        Path yaml = write(
                "q.yaml", "kind: Policy\nname: q\ncedar: |\n  // fine\n  permitt(principal, action, resource);\n");
        try (AdminApi api = new AdminApi()) {
            String problem = "{\"line\":2,\"column\":1,\"detail\":\"unexpected token `permitt`\"}";
            api.refuse("policies/p", problem);
            api.refuse("policies/q", problem);

            assertThat(apply(api, cedar)).containsExactly(cedar + ":2:1: cedar: unexpected token `permitt`");
            assertThat(apply(api, yaml)).containsExactly(yaml + ":5:1: cedar: unexpected token `permitt`");
        }
    }

    @Test
    void oneMalformedFileKeepsAllOthersFromBeingSent() throws Exception {
        write("a.yaml", "kind: Agent\nname: a\n");
        write("b.yaml", "kind: Agent\nname: b\nowner: [\n");
        write("c.yaml", "kind: Agent\nname: c\nbogus: 1\n");
        try (AdminApi api = new AdminApi()) {
            assertThat(apply(api, directory)).hasSize(2).allMatch(mistake -> mistake.contains(".yaml:"));
            assertThat(api.puts()).isEmpty();
        }
    }

    @Test
    void largeFilesAndOtherEncodingsAreRefused() throws Exception {
        Path large = directory.resolve("large.yaml");
        Files.write(large, new byte[ResourceFiles.MAX_BYTES + 1]);
        Path latin = directory.resolve("latin.yaml");
        Files.write(latin, new byte[] {'a', (byte) 0xe9});
        try (AdminApi api = new AdminApi()) {
            assertThat(apply(api, large)).containsExactly(large + ":1: is larger than 1 MiB");
            assertThat(apply(api, latin)).containsExactly(latin + ":1: is not UTF-8");
        }
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text);
    }

    private static List<String> apply(AdminApi api, Path path) {
        return ApplyCommand.apply(List.of(path), api::client, line -> {});
    }
}
