package io.errand.api.log;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Signed notes and their keys are those of Go's {@code sumdb/note}. */
class NotesTest {

    /** From the documentation of golang.org/x/mod/sumdb/note. */
    private static final String PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

    private static final String NOTE = """
            If you think cryptography is the answer to your problem,
            then you don't know what your problem is.

            \u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
            """;

    @Test
    void othersNotesAreRead() {
        SignedNote note = SignedNote.parse(NOTE).orElseThrow();

        assertThat(note.isSignedBy(VerifierKey.parse(PETER).orElseThrow())).isTrue();
        assertThat(note.toString()).isEqualTo(NOTE);
        assertThat(VerifierKey.parse(PETER).orElseThrow()).hasToString(PETER);
        assertThat(SignedNote.parse(NOTE.replace("problem is", "problem was"))
                        .orElseThrow()
                        .isSignedBy(VerifierKey.parse(PETER).orElseThrow()))
                .isFalse();
    }

    @Test
    void aCheckpointIsItsLogs() {
        LogSigner signer = LogSigner.make(SomeLog.ORIGIN);
        Checkpoint signed = signer.sign(7, TreeHash.empty());
        Checkpoint read = Checkpoint.parse(signed.toString()).orElseThrow();

        assertThat(read.isOf(signer.verifier())).isTrue();
        assertThat(read.size()).isEqualTo(7);
        assertThat(read.isOf(LogSigner.make(SomeLog.ORIGIN).verifier())).isFalse();
        assertThat(LogSigner.read(signer.verifier(), signer.encoded()).sign(7, TreeHash.empty()))
                .hasToString(signed.toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a+b",
                "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
                "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10T",
                "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
            })
    void whatIsNoKeyIsNone(String vkey) {
        assertThat(VerifierKey.parse(vkey)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "\n", "text\n", "text\n\n", "text\n\n\u2014 name\n", "te\txt\n\n\u2014 name AAAAAAA=\n"})
    void whatIsNoNoteIsNone(String note) {
        assertThat(SignedNote.parse(note)).isEmpty();
    }
}
