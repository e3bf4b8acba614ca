package io.errand.broker.signal.mail;

import io.errand.api.CaFile;
import io.errand.broker.shared.Secret;
import jakarta.mail.Authenticator;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.PasswordAuthentication;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.UUID;
import java.util.regex.Pattern;
import org.springframework.stereotype.Component;

/** Hands one mail to the server, on a connection of its own: notices are few. Nothing of a server or of Jakarta Mail is touched before. */
@Component
public class Mailer {

    /** A plain mailbox: no names, groups, quotes or comments, in which something else could hide (RFC 5322 section 3.4). */
    private static final Pattern ADDRESS =
            Pattern.compile("[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@([A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?)");

    private static final int LONGEST_SUBJECT = 200;
    private static final int LONGEST_ERROR = 300;

    private final MailProperties settings;

    public Mailer(MailProperties settings) {
        this.settings = settings;
    }

    /** Whether there is a server. */
    public boolean isConfigured() {
        return settings.host() != null;
    }

    public static boolean isAddress(String text) {
        return ADDRESS.matcher(text).matches() && !text.contains("..");
    }

    /** The address that an owner's name is, if they may be written to. */
    public Optional<String> owner(String name) {
        var found = ADDRESS.matcher(name);
        return found.matches()
                        && isAddress(name)
                        && settings.ownerDomains().stream()
                                .anyMatch(found.group(1).toLowerCase(Locale.ROOT)::equalsIgnoreCase)
                ? Optional.of(name)
                : Optional.empty();
    }

    /**
     * A mail.
     *
     * @param id of the notice: sent again, it is the same mail
     * @param to addresses, each an {@link #isAddress}
     * @param subject one line; whatever could end the line is taken out
     */
    public record Mail(UUID id, List<String> to, String subject, String text) {}

    /** Empty: the server took it. Otherwise why not, in one line without secrets. */
    public String send(Mail mail, Instant at, Duration timeout) {
        try {
            Session session = Session.getInstance(properties(timeout), authenticator());
            Transport.send(message(session, mail, at));
            return "";
        } catch (MessagingException | IOException | GeneralSecurityException | RuntimeException e) {
            String cause = String.valueOf(e.getMessage())
                    .replaceAll("\\p{Cntrl}+", " ")
                    .strip();
            return "mail: " + (cause.length() > LONGEST_ERROR ? cause.substring(0, LONGEST_ERROR) : cause);
        }
    }

    private MimeMessage message(Session session, Mail mail, Instant at) throws MessagingException {
        String from = Objects.requireNonNull(settings.from());
        MimeMessage message = new MimeMessage(session) {
            @Override
            protected void updateMessageID() throws MessagingException {
                setHeader("Message-ID", "<" + mail.id() + from.substring(from.indexOf('@')) + ">");
            }
        };
        message.setFrom(new InternetAddress(from, true));
        for (String to : mail.to()) {
            if (!isAddress(to)) {
                throw new MessagingException("a recipient is no plain address");
            }
            message.addRecipient(Message.RecipientType.TO, new InternetAddress(to, true));
        }
        message.setSubject(line(mail.subject()), StandardCharsets.UTF_8.name());
        // RFC 3834 section 5: so that nobody's absence answers.
        message.setHeader("Auto-Submitted", "auto-generated");
        message.setSentDate(Date.from(at));
        message.setText(mail.text(), StandardCharsets.UTF_8.name());
        return message;
    }

    private static String line(String text) {
        String line = text.replaceAll("[\\p{Cntrl}\\p{Zl}\\p{Zp}]+", " ").strip();
        return line.length() > LONGEST_SUBJECT ? line.substring(0, LONGEST_SUBJECT) + "…" : line;
    }

    private Properties properties(Duration timeout) throws IOException, GeneralSecurityException {
        Properties all = new Properties();
        String millis = Long.toString(timeout.toMillis());
        all.put("mail.transport.protocol", "smtp");
        all.put("mail.smtp.host", Objects.requireNonNull(settings.host()));
        all.put("mail.smtp.port", Integer.toString(settings.port()));
        all.put("mail.smtp.connectiontimeout", millis);
        all.put("mail.smtp.timeout", millis);
        all.put("mail.smtp.writetimeout", millis);
        all.put("mail.smtp.auth", Boolean.toString(settings.username() != null));
        boolean startTls = settings.tls() == MailProperties.Tls.STARTTLS;
        all.put("mail.smtp.starttls.enable", Boolean.toString(startTls));
        all.put("mail.smtp.starttls.required", Boolean.toString(startTls));
        all.put("mail.smtp.ssl.enable", Boolean.toString(settings.tls() == MailProperties.Tls.IMPLICIT));
        all.put("mail.smtp.ssl.checkserveridentity", "true");
        if (settings.caFile() != null && settings.tls() != MailProperties.Tls.NONE) {
            all.put(
                    "mail.smtp.ssl.socketFactory",
                    CaFile.tls(CaFile.alone(settings.caFile())).getSocketFactory());
        }
        return all;
    }

    private Authenticator authenticator() {
        return new Authenticator() {
            @Override
            protected PasswordAuthentication getPasswordAuthentication() {
                String password = Secret.read(
                                "errand.mail.password-file", Objects.requireNonNull(settings.passwordFile()))
                        .strip()
                        .reveal();
                return new PasswordAuthentication(settings.username(), password);
            }
        };
    }
}
