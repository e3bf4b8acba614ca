package io.errand.quickstart;

import io.errand.api.Json;
import io.errand.cli.CommandFailed;
import io.errand.cli.DevelopmentKey;
import io.errand.cli.DevelopmentTokens;
import io.errand.cli.ServeFile;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.core.JacksonException;

/** {@code errand dev-token}. */
@Command(
        name = "dev-token",
        mixinStandardHelpOptions = true,
        description = "Print a token of the development issuers that `errand serve` runs.")
final class DevTokenCommand implements Callable<Integer> {

    @Option(names = "--subject", required = true, paramLabel = "NAME", description = "Whose token.")
    private String subject = "";

    @Option(
            names = "--role",
            paramLabel = "ROLE",
            description =
                    "A role such as errand.admin: makes it a person's token for the broker's admin API. May be repeated.")
    private List<String> roles = List.of();

    @Option(names = "--person", description = "From the issuer dev-people instead of dev-workloads.")
    private boolean person;

    @Option(
            names = "--ttl",
            paramLabel = "DURATION",
            defaultValue = "PT5M",
            description = "Lifetime (default: ${DEFAULT-VALUE}).")
    private Duration ttl = Duration.ofMinutes(5);

    @Option(
            names = "--audience",
            paramLabel = "A",
            description = "Default: errand; with --role: the broker's admin API.")
    private @Nullable String audience;

    @Option(
            names = "--claim",
            paramLabel = "NAME=VALUE",
            description = "A further claim, as JSON if it is JSON, else as text. May be repeated.")
    private Map<String, String> claims = Map.of();

    @Option(names = "--data", paramLabel = "DIR", description = "Data directory of `errand serve` (default: .errand).")
    private Path data = ServeFile.DEFAULT_DIRECTORY;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call
    private CommandSpec spec;

    @Override
    public Integer call() {
        if (!ttl.isPositive()) {
            throw CommandFailed.usage("--ttl must be longer than nothing, for example PT5M.");
        }
        if (!ServeFile.isIn(data)) {
            throw new CommandFailed(
                    "There is no broker in " + data + ": start one with `errand serve --data " + data + "`.");
        }
        ServeFile serve = ServeFile.read(data);
        DevelopmentKey key = DevelopmentKey.loadOrCreate(data);
        DevelopmentTokens tokens = new DevelopmentTokens(key, serve.devIssuerUrl(), Clock.systemUTC());
        spec.commandLine().getOut().println(token(tokens, serve.issuer()));
        spec.commandLine().getOut().flush();
        return 0;
    }

    private String token(DevelopmentTokens tokens, String errandIssuer) {
        Map<String, Object> further = new LinkedHashMap<>();
        if (!roles.isEmpty()) {
            further.put("roles", roles);
        }
        claims.forEach((name, text) -> further.put(name, value(text)));
        String wanted = audience != null
                ? audience
                : roles.isEmpty() ? DevelopmentTokens.AUDIENCE : DevelopmentTokens.adminAudience(errandIssuer);
        String issuer = person || !roles.isEmpty() ? tokens.people() : tokens.workloads();
        return tokens.token(issuer, subject, wanted, ttl, further);
    }

    private static Object value(String text) {
        try {
            Object json = Json.mapper().readValue(text, Object.class);
            return json == null ? text : json;
        } catch (JacksonException e) {
            return text;
        }
    }
}
