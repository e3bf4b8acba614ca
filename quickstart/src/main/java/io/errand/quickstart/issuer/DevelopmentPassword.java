package io.errand.quickstart.issuer;

import io.errand.cli.CommandFailed;
import io.errand.cli.PrivateFile;
import io.errand.quickstart.Passwords;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;

/** Made once, with 192 random bits, and kept where only the owner reads it. Whoever has it signs in as anybody. */
final class DevelopmentPassword {

    private static final int SHORTEST = 32;

    private final byte[] password;

    private DevelopmentPassword(String password) {
        this.password = password.getBytes(StandardCharsets.UTF_8);
    }

    static Path file(Path data) {
        return data.resolve("sign-in-password");
    }

    static DevelopmentPassword loadOrCreate(Path data) {
        Path file = file(data);
        try {
            String kept = Files.readString(file).strip();
            if (kept.length() < SHORTEST) {
                throw new CommandFailed("The password in " + file + " is too short: delete the file for a new one.");
            }
            return new DevelopmentPassword(kept);
        } catch (NoSuchFileException e) {
            return create(file);
        } catch (IOException e) {
            throw new CommandFailed("Cannot read the password in " + file + ": delete the file for a new one.", e);
        }
    }

    private static DevelopmentPassword create(Path file) {
        String password = Passwords.next();
        try {
            PrivateFile.write(file, password + "\n");
        } catch (IOException e) {
            throw new CommandFailed("Cannot write " + file + ": " + e.getMessage(), e);
        }
        return new DevelopmentPassword(password);
    }

    boolean is(String typed) {
        return MessageDigest.isEqual(password, typed.strip().getBytes(StandardCharsets.UTF_8));
    }
}
