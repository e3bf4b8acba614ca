package io.errand.broker.signal.mail;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * By what server notices are mailed.
 *
 * @param host of the server; absent: nothing is mailed
 * @param port 587 for submission; 465 is usual with {@code implicit}
 * @param tls {@code starttls} and {@code implicit} send nothing to a server without TLS or with another's certificate; {@code none} is
 *     for a server on this machine
 * @param caFile authorities that may have signed its certificate, as PEM; absent: those that Java trusts
 * @param username absent: the server asks nobody who they are
 * @param passwordFile a file with its password
 * @param from the sender, one address
 * @param ownerDomains domains of owners who may be written to themselves ({@code to-owner}): what an agent's registration says is the owner is
 *     an address nowhere else
 */
@ConfigurationProperties("errand.mail")
public record MailProperties(
        @Nullable String host,
        @DefaultValue("587") int port,
        @DefaultValue("starttls") Tls tls,
        @Nullable Path caFile,
        @Nullable String username,
        @Nullable Path passwordFile,
        @Nullable String from,
        @DefaultValue List<String> ownerDomains) {

    /** How the connection is kept from others. */
    public enum Tls {
        STARTTLS,
        IMPLICIT,
        NONE
    }

    public MailProperties {
        if (host != null) {
            require(!host.isBlank() && port > 0 && port < 65_536, "errand.mail.host and port name a mail server");
            require(
                    from != null && Mailer.isAddress(from),
                    "errand.mail.from is one address, such as errand@example.com");
            require(
                    (username == null) == (passwordFile == null),
                    "errand.mail.username and errand.mail.password-file come together");
            require(readable(passwordFile), "errand.mail.password-file cannot be read: " + passwordFile);
            require(readable(caFile), "errand.mail.ca-file cannot be read: " + caFile);
        }
    }

    private static boolean readable(@Nullable Path file) {
        return file == null || Files.isReadable(file);
    }

    private static void require(boolean good, String sentence) {
        if (!good) {
            throw new IllegalArgumentException(sentence);
        }
    }
}
