package io.errand.quickstart;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A user without any right of its own, whom the errand command is run as where the tests are root's: root may do much that bubblewrap
 * gets from the kernel's user namespaces otherwise.
 */
final class Unprivileged {

    private static final String NOBODY = "65534";
    private static final List<String> AS =
            List.of("/usr/bin/setpriv", "--reuid", NOBODY, "--regid", NOBODY, "--clear-groups", "--no-new-privs", "--");

    /** What the commands need that need nothing but a broker's address, and what the tests run in the sandbox. */
    private static final List<String> NEEDED = List.of(
            "/broker-api/", "/broker-cli/", "/test-classes", "/picocli-", "/jackson-", "/snakeyaml-", "/postgresql-");

    private Unprivileged() {}

    /** Whether the tests are root's, so that there is another user to be. */
    static boolean isAnother() {
        return "root".equals(System.getProperty("user.name"));
    }

    static List<String> as(List<String> command) {
        return Stream.concat(AS.stream(), command.stream()).toList();
    }

    /** A class path of copies that everybody may read. */
    static String classes(Path into) throws IOException {
        open(into, "rwxr-xr-x");
        List<String> copies = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(":", -1)) {
            if (NEEDED.stream().anyMatch(entry::contains)) {
                Path copy = into.resolve(
                        copies.size() + "-" + Path.of(entry).getFileName().toString());
                copy(Path.of(entry), copy);
                copies.add(copy.toString());
            }
        }
        return String.join(":", copies);
    }

    static void open(Path path, String mode) throws IOException {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path file : all.toList()) {
                Path copy = file.equals(from) ? to : to.resolve(from.relativize(file));
                Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
                open(copy, Files.isDirectory(copy) ? "rwxr-xr-x" : "r--r--r--");
            }
        }
    }
}
