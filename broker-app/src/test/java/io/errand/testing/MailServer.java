package io.errand.testing;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.subethamail.smtp.auth.EasyAuthenticationHandlerFactory;
import org.subethamail.smtp.auth.LoginFailedException;
import org.subethamail.smtp.helper.SimpleMessageListener;
import org.subethamail.smtp.server.SMTPServer;

/** A mail server on the loopback that wants STARTTLS and a password, or knows neither. */
public final class MailServer implements AutoCloseable {

    public static final String USER = "errand";
    public static final String PASSWORD = "a-password-of-the-mail-server";

    /** @param text headers and body, as they came */
    public record Mail(String from, String to, String text) {}

    private final SMTPServer server;
    private final List<Mail> mails = new CopyOnWriteArrayList<>();

    private MailServer(SMTPServer.Builder builder) {
        this.server = builder.bindAddress(InetAddress.getLoopbackAddress())
                .simpleMessageListener(new SimpleMessageListener() {
                    @Override
                    public boolean accept(String from, String recipient) {
                        return true;
                    }

                    @Override
                    public void deliver(String from, String recipient, InputStream data) throws IOException {
                        mails.add(new Mail(from, recipient, new String(data.readAllBytes(), StandardCharsets.UTF_8)));
                    }
                })
                .build();
        server.start();
    }

    public static MailServer withTls(int port, Authority authority) {
        return new MailServer(SMTPServer.port(port)
                .startTlsSocketFactory(authority.tls(authority.issue(Authority.Content.server())))
                .requireTLS()
                .authenticationHandlerFactory(new EasyAuthenticationHandlerFactory((user, password, context) -> {
                    if (!user.equals(USER) || !password.equals(PASSWORD)) {
                        throw new LoginFailedException();
                    }
                }))
                .requireAuth());
    }

    public static MailServer withoutTls() {
        return new MailServer(SMTPServer.port(0));
    }

    public int port() {
        return server.getPortAllocated();
    }

    public List<Mail> mails() {
        return mails;
    }

    @Override
    public void close() {
        server.stop();
    }
}
