package io.errand.cli;

import io.errand.api.CaFile;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathBuilderException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Whose signature under a broker's certificate is believed: a mixin for commands that speak to one. */
final class Authorities {

    private static final String VARIABLE = "ERRAND_CA_FILE";

    @Option(
            names = "--ca-file",
            paramLabel = "FILE",
            description = "Certificates (PEM) of those who sign for the broker, beside whom Java trusts. Without it: "
                    + VARIABLE + ".")
    private @Nullable Path file;

    /** For clients that check servers so; null: as Java does. */
    @Nullable
    SSLContext tls() {
        Path chosen = file == null ? named(System.getenv(VARIABLE)) : file;
        if (chosen == null) {
            return null;
        }
        String name = file == null ? VARIABLE : "--ca-file";
        try {
            return CaFile.tls(chosen);
        } catch (IOException e) {
            throw new CommandFailed(name + ": " + chosen + " cannot be read.", e);
        } catch (GeneralSecurityException e) {
            throw new CommandFailed(name + ": there are no certificates in PEM in " + chosen + ".", e);
        }
    }

    private static @Nullable Path named(@Nullable String variable) {
        return variable == null || variable.isBlank() ? null : Path.of(variable);
    }

    /** Why a broker is not trusted, and what to do about it. */
    static String refusal(String url, SSLHandshakeException untrusted) {
        for (Throwable cause = untrusted; cause != null; cause = cause.getCause()) {
            if (cause instanceof CertPathBuilderException) {
                return "The certificate of " + url
                        + " is signed by nobody who is trusted here: name who signs for it with" + " --ca-file or "
                        + VARIABLE + ".";
            }
        }
        return "What answers at " + url + " is not trusted: " + untrusted.getMessage() + ".";
    }
}
