package io.errand.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.api.Sha256;
import io.errand.cli.BrokerClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** An agent that is registered with what it is made of runs as that, and as nothing else. */
class ExecMadeOfTest {

    private static final String IMAGE = "ab".repeat(32);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private static Path data;

    @SuppressWarnings("NullAway.Init")
    private static LocalBroker broker;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @SuppressWarnings("NullAway.Init")
    private Exec exec;

    @BeforeAll
    static void serve() {
        broker = Served.quickstart(data);
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @BeforeEach
    void here() {
        exec = new Exec(broker, folder);
    }

    @AfterEach
    void noOrphans() {
        exec.close();
    }

    private static void registered(String toolchain) {
        BrokerClient client = broker.client();
        JsonNode now = client.get("/admin/v1/agents/" + Exec.AGENT).orFail().body();
        ObjectNode agent = ((ObjectNode) now.deepCopy()).putPOJO("fingerprint", Map.of("toolchain_sha256", toolchain));
        client.put("/admin/v1/agents/" + Exec.AGENT, agent).orFail();
    }

    private Path tool(String script) throws Exception {
        Path tool = folder.resolve("tool");
        Files.writeString(tool, script);
        Files.setPosixFilePermissions(tool, PosixFilePermissions.fromString("rwxr-xr-x"));
        return tool;
    }

    private int run(List<String> options, String... command) throws Exception {
        return exec.run(options, command).waitFor();
    }

    @Test
    void theImageThatWasRegisteredMayAndAnotherMayNot() throws Exception {
        registered(IMAGE);
        Path file = Files.writeString(folder.resolve("image"), "registry.example/agents/triage@sha256:" + IMAGE + "\n");

        assertThat(run(List.of("--image", "sha256:" + IMAGE), "touch", "first"))
                .as(exec.said())
                .isZero();
        assertThat(run(List.of("--image-digest-file", file.toString()), "touch", "second"))
                .as(exec.said())
                .isZero();
        assertThat(run(List.of("--image", "sha256:" + "cd".repeat(32)), "touch", "third"))
                .isEqualTo(1);

        assertThat(folder.resolve("first")).exists();
        assertThat(folder.resolve("second")).exists();
        assertThat(folder.resolve("third")).doesNotExist();
    }

    @Test
    void theCommandThatWasRegisteredMayAndAChangedOneMayNot() throws Exception {
        String script = "#!/bin/sh\necho \"$ERRAND_ORDERS_DB_USERNAME $1 $2\" >seen\nexit 7\n";
        Path tool = tool(script);
        registered(Sha256.hex(script));

        int exit = run(List.of("--toolchain-of-command"), tool.toString(), "a b", "c");

        assertThat(exit).as(exec.said()).isEqualTo(7);
        assertThat(exec.said()).contains("tool has toolchain_sha256 " + Sha256.hex(script));
        assertThat(Files.readString(folder.resolve("seen")))
                .startsWith("errand_")
                .endsWith(" a b c\n");
        Files.delete(folder.resolve("seen"));

        tool(script + "# and more\n");

        assertThat(run(List.of("--toolchain-of-command"), tool.toString())).isEqualTo(1);
        assertThat(folder.resolve("seen")).doesNotExist();
    }

    /** A program that is no script, found on the PATH, with its credentials on a descriptor. */
    @Test
    void aProgramIsFoundAsAShellFindsIt() throws Exception {
        Path program = Path.of("/usr/bin/env").toRealPath();
        registered(Sha256.hex(Files.readAllBytes(program)));

        int exit = run(List.of("--toolchain-of-command", "--fd"), "env", "sh", "-c", "cat <&3 >seen");

        assertThat(exit).as(exec.said()).isZero();
        assertThat(Files.readString(folder.resolve("seen"))).contains("\"password\":");
    }

    /** Here it is changed by what the task's beginning itself runs: by its token's command. */
    @Test
    void whatIsReplacedBetweenItsDigestAndItsStartIsNotRun() throws Exception {
        String script = "#!/bin/sh\ntouch ran\n";
        Path tool = tool(script);
        Path token = Files.writeString(folder.resolve("token"), exec.token());
        registered(Sha256.hex(script));
        Path swap = folder.resolve("swap");
        Files.writeString(
                swap,
                "#!/bin/sh\nprintf '#!/bin/sh\\ntouch other\\n' >new; chmod +x new; mv new tool; cat " + token + "\n");
        Files.setPosixFilePermissions(swap, PosixFilePermissions.fromString("rwxr-xr-x"));
        List<String> line = new ArrayList<>(
                List.of("exec", "--task", "triage", "--purpose", folder.toString(), "--tool", "orders-db:read"));
        line.addAll(List.of("--token-command", swap.toString(), "--toolchain-of-command", "--", tool.toString()));

        int exit = exec.errand(line).waitFor();

        assertThat(exit).as(exec.said()).isEqualTo(126);
        assertThat(exec.said()).contains("is not what it was when the task began");
        assertThat(folder.resolve("ran")).doesNotExist();
        assertThat(folder.resolve("other")).doesNotExist();
        assertThat(exec.task().path("state").asString("")).isEqualTo("completed");
    }
}
