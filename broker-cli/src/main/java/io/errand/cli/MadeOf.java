package io.errand.cli;

import io.errand.api.Fingerprint;
import io.errand.client.TaskRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** What a command is made of, as the {@code toolchain_sha256} of its agent's fingerprint: a mixin for commands that run one. */
final class MadeOf {

    private static final Pattern DIGEST = Pattern.compile("(?:[^\\s@]+@)?sha256:([0-9a-f]{64})");
    private static final int LONGEST = 4096;

    /**
     * The command's file is opened once, by a descriptor that stays: what is digested there is what is run, whatever stands at its
     * path by then. Its digest is that which the task was begun with, or it is not run.
     */
    private static final String OPEN = """
            exec 9<"$1" || exit 126
            found=$(sha256sum <&9) || exit 126
            if [ "${found%% *}" != "$2" ]; then
              echo "errand: $1 is not what it was when the task began (toolchain_sha256); it is not run." >&2
              exit 126
            fi
            shift 2
            exec /proc/self/fd/9 "$@"
            """;

    @ArgGroup
    private @Nullable Said said;

    /** At most one. */
    static final class Said {

        @Option(
                names = "--image",
                paramLabel = "IMAGE",
                description =
                        "The digest of the container image that this runs in, as toolchain_sha256 of what the agent is"
                                + " made of.")
        private @Nullable String image;

        @Option(
                names = "--image-digest-file",
                paramLabel = "FILE",
                description =
                        "The same out of a file with one line, such as one that the build or the platform writes.")
        private @Nullable Path file;

        @Option(
                names = "--toolchain-of-command",
                description =
                        "SHA-256 of the file that is run, as toolchain_sha256; it is named on standard error. The file"
                                + " is opened once for both, and the command's own name is /proc/self/fd/9. For Linux.")
        private boolean ofCommand;
    }

    /** The digest in hexadecimal, and the command that runs what it is of; empty: nothing is said. */
    Optional<Known> known(List<String> command, Consumer<String> note) {
        if (said == null) {
            return Optional.empty();
        }
        if (said.ofCommand) {
            return Optional.of(ofCommand(command, note));
        }
        String digest = said.file == null
                ? digest(Objects.requireNonNull(said.image), "--image")
                : digest(read(said.file), "The one line of " + said.file);
        return Optional.of(new Known(digest, command));
    }

    /**
     * @param sha256 in lower-case hexadecimal digits
     * @param command what to start
     */
    record Known(String sha256, List<String> command) {

        TaskRequest in(TaskRequest request) {
            return request.fingerprint(new Fingerprint(null, null, sha256, null));
        }
    }

    private static String digest(String text, String where) {
        Matcher found = DIGEST.matcher(text.strip());
        if (!found.matches()) {
            throw CommandFailed.usage(
                    where + " is sha256: and 64 hexadecimal digits in lower case, after NAME@ or not.");
        }
        return found.group(1);
    }

    private static String read(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] text = in.readNBytes(LONGEST);
            return new String(text, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new CommandFailed("The image's digest cannot be read from " + file + ".", e);
        }
    }

    private static Known ofCommand(List<String> command, Consumer<String> note) {
        if (!Files.isReadable(Path.of("/proc/self/fd"))) {
            throw new CommandFailed("--toolchain-of-command needs /proc, which is not here; give --image.");
        }
        Path file = find(command.getFirst());
        String digest = sha256(file);
        note.accept(file + " has toolchain_sha256 " + digest);
        return new Known(
                digest,
                Stream.concat(
                                Stream.of("sh", "-c", OPEN, "sh", file.toString(), digest),
                                command.stream().skip(1))
                        .toList());
    }

    /** As a shell finds it. */
    private static Path find(String name) {
        List<Path> places = name.contains("/")
                ? List.of(Path.of(name))
                : Arrays.stream(Objects.requireNonNullElse(System.getenv("PATH"), "")
                                .split(":", -1))
                        .map(place -> Path.of(place.isEmpty() ? "." : place, name))
                        .toList();
        return places.stream()
                .filter(path -> Files.isRegularFile(path) && Files.isExecutable(path))
                .findFirst()
                .map(Path::toAbsolutePath)
                .orElseThrow(() -> CommandFailed.noSuchCommand(
                        name + " is no file that can be run, so that it has no digest for --toolchain-of-command."));
    }

    private static String sha256(Path file) {
        try (DigestInputStream in =
                new DigestInputStream(Files.newInputStream(file), MessageDigest.getInstance("SHA-256"))) {
            in.transferTo(OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(in.getMessageDigest().digest());
        } catch (IOException e) {
            throw new CommandFailed(
                    file + " may be run and not read, so that --toolchain-of-command cannot digest it.", e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
