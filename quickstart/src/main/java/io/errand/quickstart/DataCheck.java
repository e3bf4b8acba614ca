package io.errand.quickstart;

import io.errand.cli.CommandFailed;
import io.errand.cli.ServeFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** What is in a data directory and cannot be served, said before anything is started or changed. */
final class DataCheck {

    /** Of the PostgreSQL that comes with the quickstart; a cluster of another one does not open. */
    static final String POSTGRES = "18";

    private static final int KEY_BYTES = 32;
    private static final List<String> SECRETS =
            List.of("kek", "postgres.json", "dev-issuer.jwk", "serve.json", "sign-in-password");
    private static final Set<PosixFilePermission> OF_OTHERS = EnumSet.of(
            PosixFilePermission.GROUP_READ,
            PosixFilePermission.GROUP_WRITE,
            PosixFilePermission.OTHERS_READ,
            PosixFilePermission.OTHERS_WRITE);

    /** PostgreSQL's manual, Creating a Database Cluster: these two and no others. */
    private static final Set<String> MODES = Set.of("rwx------", "rwxr-x---");

    private final DataDirectory data;

    private DataCheck(DataDirectory data) {
        this.data = data;
    }

    /** @param embedded whether the database is in the directory too */
    static void check(DataDirectory data, boolean embedded) throws IOException {
        DataCheck check = new DataCheck(data);
        check.secrets();
        check.key();
        if (embedded) {
            check.database();
        }
    }

    private void secrets() throws IOException {
        for (String name : SECRETS) {
            Path file = data.file(name);
            if (!Files.exists(file)) {
                continue;
            }
            if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
                throw new CommandFailed(
                        file + " cannot be read: make it a file of yours, with chmod 600 " + file + ".");
            }
            Set<PosixFilePermission> mode = mode(file);
            if (mode.stream().anyMatch(OF_OTHERS::contains)) {
                throw new CommandFailed(file + " holds a secret and others may read it ("
                        + PosixFilePermissions.toString(mode) + "): see who did, then chmod 600 " + file + ".");
            }
        }
    }

    /** A new one would make what the database holds unreadable for good. */
    private void key() throws IOException {
        Path file = data.file("kek");
        if (!Files.exists(file)) {
            if (ServeFile.isIn(data.path()) || Files.exists(data.file("postgres.json"))) {
                throw new CommandFailed("The key-encryption key " + file + " is gone, and what the database holds is"
                        + " encrypted with it: put it back from a backup, or start anew with another --data.");
            }
            return;
        }
        // One a line while it is being replaced.
        for (String key : Files.readString(file).strip().split("[\\s,]+", -1)) {
            if (!isKey(key)) {
                throw notTheKey(file);
            }
        }
    }

    private static boolean isKey(String text) {
        try {
            return Base64.getDecoder().decode(text).length == KEY_BYTES;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static CommandFailed notTheKey(Path file) {
        return new CommandFailed(file + " is no key-encryption key (32 bytes in base64): put it back from a backup, or"
                + " start anew with another --data.");
    }

    private void database() throws IOException {
        Path cluster = data.file("postgres");
        Path kept = data.file("postgres.json");
        Path version = cluster.resolve("PG_VERSION");
        if (!Files.exists(kept)) {
            if (Files.exists(cluster) && !EmbeddedDatabase.wasCutOff(data)) {
                throw new CommandFailed("There is a database in " + cluster + ", and " + kept + " with its passwords is"
                        + " gone: put that back from a backup, or start anew with another --data.");
            }
            return;
        }
        if (!Files.exists(version)) {
            throw new CommandFailed("There is no database in " + cluster + ", and " + kept + " says that there was:"
                    + " put it back from a backup, or start anew with another --data.");
        }
        String found = Files.readString(version).strip();
        if (!found.equals(POSTGRES)) {
            throw new CommandFailed("The database in " + cluster + " is of PostgreSQL " + found + ", and this is "
                    + POSTGRES + ": start the Errand that made it, or upgrade it with pg_upgrade; or start anew with"
                    + " another --data.");
        }
        Set<PosixFilePermission> mode = mode(cluster);
        if (!MODES.contains(PosixFilePermissions.toString(mode))) {
            throw new CommandFailed("PostgreSQL does not open " + cluster + " with the mode "
                    + PosixFilePermissions.toString(mode) + ": chmod 700 " + cluster + ".");
        }
    }

    /** That of a file which only its owner uses, where the system knows no modes. */
    private static Set<PosixFilePermission> mode(Path file) throws IOException {
        return Files.getFileAttributeView(file, PosixFileAttributeView.class) == null
                ? PosixFilePermissions.fromString("rwx------")
                : Files.getPosixFilePermissions(file);
    }
}
