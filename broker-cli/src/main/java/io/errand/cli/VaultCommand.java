package io.errand.cli;

import io.errand.cli.BrokerClient.Answer;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code errand vault}. */
@Command(name = "vault", mixinStandardHelpOptions = true, description = "What the broker finds at its Vault.")
final class VaultCommand implements Runnable {

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before run
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Which of Vault's commands? There is: check.");
    }

    @Command(
            name = "check",
            mixinStandardHelpOptions = true,
            description = "Say what is missing at Vault (error) and what is wider than need be (warning)."
                    + " Exits 1 if anything is missing.")
    int check(
            @Option(
                            names = "--token-role",
                            paramLabel = "NAME",
                            defaultValue = "errand",
                            description = "The token role of the tools (default: ${DEFAULT-VALUE}).")
                    String tokenRole,
            @Option(
                            names = "--path",
                            paramLabel = "PATH",
                            description = "A path of a tool, for example database/creds/orders-read. May be repeated.")
                    List<String> paths,
            @Option(
                            names = "--observe",
                            paramLabel = "TARGET",
                            defaultValue = "",
                            description =
                                    "The target at which the broker itself ends what is made at these paths (default: none).")
                    String observe,
            @Mixin Connection connection) {
        StringBuilder query =
                new StringBuilder("/admin/v1/backends/vault/check?token_role=" + BrokerClient.encoded(tokenRole));
        for (String path : paths == null ? List.<String>of() : paths) {
            query.append("&path=").append(BrokerClient.encoded(path));
        }
        if (!observe.isEmpty()) {
            query.append("&observe=").append(BrokerClient.encoded(observe));
        }
        Answer answer = connection.broker().get(query.toString());
        if (answer.status() == 404) {
            throw new CommandFailed("The broker uses no Vault: set errand.vault.address, or VAULT_ADDR and VAULT_TOKEN"
                    + " for `errand serve`.");
        }
        answer.orFail();
        return CheckFindings.print(
                answer.body().path("findings"),
                "Vault is set up as it should be.",
                spec.commandLine().getOut());
    }
}
