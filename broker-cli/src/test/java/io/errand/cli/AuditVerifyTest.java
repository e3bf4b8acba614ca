package io.errand.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.api.AuditEntry;
import io.errand.api.log.AuditLine;
import io.errand.api.log.ExportWriter;
import io.errand.api.log.GrowingTree;
import io.errand.api.log.LogSigner;
import io.errand.api.log.MerkleTree;
import io.errand.api.log.TreeHash;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** {@code errand audit verify} says in one line what it found, without a broker. */
class AuditVerifyTest {

    private final LogSigner signer = LogSigner.make("errand.test/log");

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    private Path export = Path.of("");

    private record Ran(int code, String out, String err) {}

    @BeforeEach
    void anExport() throws IOException {
        export = folder.resolve("log.jsonl");
        Files.write(export, export());
    }

    @Test
    void theWholeLogIsVerified() throws IOException {
        Path key = Files.writeString(folder.resolve("vkey"), signer.verifier() + "\n");

        Ran ran = verify("--key", key.toString());

        assertThat(ran.code).as(ran.err).isZero();
        assertThat(ran.out).contains("errand.test/log: all of the 3 entries from place 0 on");
    }

    @Test
    void whatWasDoneIsNamedWithItsLine() throws IOException {
        Files.writeString(export, Files.readString(export).replace("tool-1", "tool-9"));

        Ran ran = verify("--key", signer.verifier().toString());

        assertThat(ran.code).isEqualTo(1);
        assertThat(ran.out).startsWith("line 4: changed: ");
    }

    @Test
    void anotherKeyIsAnotherLogs() {
        Ran ran = verify("--key", LogSigner.make("other.test/log").verifier().toString());

        assertThat(ran.code).isEqualTo(1);
        assertThat(ran.out).startsWith("line 1: another log's: ");
    }

    @Test
    void whatCannotBeSaidIsTold() throws IOException {
        Path empty = Files.writeString(folder.resolve("empty"), "");

        assertThat(verify("--key", "no+key").code).isEqualTo(2);
        assertThat(verify("--key", folder.resolve("missing").toString()).err).contains("cannot be read");
        assertThat(verify("--key", signer.verifier().toString(), "--checkpoint", empty.toString()).err)
                .contains("holds no checkpoint");
        assertThat(verify("--key", signer.verifier().toString(), "--receipt-keys", empty.toString()).err)
                .contains("holds no key set");
    }

    /** Only a verified export is reported about, and wrong times are told. */
    @Test
    void whoCouldUseAToolIsToldOfAVerifiedExport() throws IOException {
        Ran ran = run(
                "report", "--key", signer.verifier().toString(), "--tool", "tool-1", "--until", "2026-12-01T10:00:00Z");

        assertThat(ran.code).as(ran.err).isZero();
        assertThat(ran.out).contains("all of the 3 entries", "\nAllowed:\n", "\nl-1    tool-1", "not yet");
        assertThat(run("report", "--key", signer.verifier().toString(), "--from", "10:00").err)
                .contains("--from is a time in UTC");

        Files.writeString(export, Files.readString(export).replace("tool-1", "tool-9"));
        Ran tampered = run("report", "--key", signer.verifier().toString());

        assertThat(tampered.code).isEqualTo(1);
        assertThat(tampered.out).startsWith("line 4: changed: ").doesNotContain("Allowed");
    }

    private Ran verify(String... options) {
        return run("verify", options);
    }

    private Ran run(String command, String... options) {
        List<String> arguments = new ArrayList<>(List.of("audit", command, export.toString()));
        arguments.addAll(List.of(options));
        CommandLine line = ErrandCommand.commandLine();
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        line.setOut(new PrintWriter(out));
        line.setErr(new PrintWriter(err));
        int code = line.execute(arguments.toArray(String[]::new));
        return new Ran(code, out.toString(), err.toString());
    }

    private byte[] export() throws IOException {
        List<byte[]> lines = new ArrayList<>();
        GrowingTree tree = new GrowingTree();
        ByteArrayOutputStream hashes = new ByteArrayOutputStream();
        for (int n = 0; n < 3; n++) {
            AuditEntry event = new AuditEntry(
                    "e-" + n,
                    Instant.EPOCH,
                    "lease.activated",
                    null,
                    null,
                    null,
                    "l-" + n,
                    null,
                    null,
                    Map.of("tool", "tool-" + n));
            lines.add(
                    AuditLine.of(event, n, () -> new byte[AuditLine.SALT_BYTES]).bytes());
            byte[] hash = TreeHash.leaf(lines.getLast());
            hashes.writeBytes(hash);
            tree.add(hash, (tile, whole) -> {});
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ExportWriter writer = new ExportWriter(
                out, new MerkleTree(3, tile -> hashes.toByteArray()), signer.sign(3, tree.root()), 0, null, List.of());
        for (byte[] line : lines) {
            writer.entry(line);
        }
        return out.toByteArray();
    }
}
