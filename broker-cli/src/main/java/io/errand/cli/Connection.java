package io.errand.cli;

import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which broker a command speaks to, and as whom: a mixin for commands. */
public final class Connection {

    private static final List<String> ROLES =
            List.of("errand.admin", "errand.operator", "errand.approver", "errand.auditor");

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description =
                    "Data directory of a local `errand serve`. Without it: ERRAND_URL and ERRAND_TOKEN, else .errand.")
    private @Nullable Path data;

    @Mixin
    private Authorities authorities = new Authorities();

    /** For callers that are no command line. */
    public static BrokerClient toLocal(Path directory) {
        return toLocal(directory, "local-administrator", List.of());
    }

    /** As somebody else who is in these groups; a local broker believes its own development issuer. */
    public static BrokerClient toLocal(Path directory, String subject, List<String> groups) {
        ServeFile serve = ServeFile.read(directory);
        DevelopmentKey key = DevelopmentKey.load(directory)
                .orElseThrow(() -> new CommandFailed("There is no key in " + directory
                        + ": start a broker with `errand serve --data " + directory + "`."));
        DevelopmentTokens tokens = new DevelopmentTokens(key, serve.devIssuerUrl(), Clock.systemUTC());
        return new BrokerClient(
                URI.create(serve.url()), () -> tokens.administrator(subject, serve.issuer(), ROLES, groups), null);
    }

    BrokerClient broker() {
        return broker(null, List.of());
    }

    /** @param subject whom to be at a local broker; null: its development administrator */
    BrokerClient broker(@Nullable String subject, List<String> groups) {
        String local = subject == null ? "local-administrator" : subject;
        if (data != null) {
            return toLocal(data, local, groups);
        }
        String url = System.getenv("ERRAND_URL");
        if (url != null && !url.isBlank()) {
            if (subject != null || !groups.isEmpty()) {
                throw new CommandFailed(
                        "--as and --group are for a local broker; elsewhere ERRAND_TOKEN says who you are.");
            }
            return remote(url, System.getenv("ERRAND_TOKEN"), authorities.tls());
        }
        if (ServeFile.isIn(ServeFile.DEFAULT_DIRECTORY)) {
            return toLocal(ServeFile.DEFAULT_DIRECTORY, local, groups);
        }
        throw new CommandFailed("Which broker? Start one with `errand serve`, name the data directory of a running one"
                + " with --data, or set ERRAND_URL and ERRAND_TOKEN.");
    }

    static BrokerClient remote(String url, @Nullable String token, @Nullable SSLContext tls) {
        if (token == null || token.isBlank()) {
            throw new CommandFailed("ERRAND_URL is set and ERRAND_TOKEN is not: set it to an administrator's token.");
        }
        return new BrokerClient(uri(url), token::strip, tls);
    }

    /** Where a broker is, for commands that show an agent's token and no administrator's. */
    static URI address(@Nullable Path data) {
        if (data != null) {
            return URI.create(ServeFile.read(data).url());
        }
        String url = System.getenv("ERRAND_URL");
        if (url != null && !url.isBlank()) {
            return uri(url);
        }
        if (ServeFile.isIn(ServeFile.DEFAULT_DIRECTORY)) {
            return URI.create(ServeFile.read(ServeFile.DEFAULT_DIRECTORY).url());
        }
        throw new CommandFailed("Which broker? Start one with `errand serve`, name the data directory of a running one"
                + " with --data, or set ERRAND_URL.");
    }

    private static URI uri(String url) {
        try {
            URI uri = URI.create(url.endsWith("/") ? url.substring(0, url.length() - 1) : url);
            if (uri.getHost() != null && List.of("http", "https").contains(String.valueOf(uri.getScheme()))) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            throw new CommandFailed("ERRAND_URL is not an http(s) address: " + url, e);
        }
        throw new CommandFailed("ERRAND_URL is not an http(s) address: " + url);
    }
}
