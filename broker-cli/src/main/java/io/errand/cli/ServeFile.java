package io.errand.cli;

import io.errand.api.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import tools.jackson.core.JacksonException;

/**
 * What {@code errand serve} leaves in its data directory for the other commands.
 *
 * @param url where the broker answers
 * @param issuer the broker's issuer identifier
 * @param devIssuerUrl the base address of the development issuers
 * @param managementUrl where health and metrics answer
 */
public record ServeFile(String url, String issuer, String devIssuerUrl, String managementUrl) {

    private static final String NAME = "serve.json";

    /** Where commands look when nobody says. */
    public static final Path DEFAULT_DIRECTORY = Path.of(".errand");

    public static boolean isIn(Path directory) {
        return Files.isRegularFile(directory.resolve(NAME));
    }

    public static ServeFile read(Path directory) {
        Path file = directory.resolve(NAME);
        try {
            return Json.mapper().readValue(Files.readAllBytes(file), ServeFile.class);
        } catch (NoSuchFileException e) {
            throw new CommandFailed(
                    "There is no " + file + ": start a broker with `errand serve --data " + directory + "`.", e);
        } catch (IOException | JacksonException e) {
            throw new CommandFailed(
                    "Cannot read " + file + ": stop and start `errand serve --data " + directory + "`.", e);
        }
    }

    public void write(Path directory) throws IOException {
        PrivateFile.write(directory.resolve(NAME), Json.mapper().writeValueAsString(this));
    }
}
