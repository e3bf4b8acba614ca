package io.errand.cli;

import io.errand.api.LockView;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;

/** {@code errand locks}. */
@Command(name = "locks", mixinStandardHelpOptions = true, description = "List the locks that stand.")
public final class LocksCommand extends BrokerCommand {

    @Override
    int run() {
        table(
                List.of("LOCK", "SCOPE", "WHO", "SINCE", "REASON"),
                broker().get("/admin/v1/locks").page(LockView.class).items(),
                lock -> List.of(
                        lock.id(),
                        lock.scope().entrySet().stream()
                                .map(member -> member.getKey() + " " + member.getValue())
                                .collect(Collectors.joining(", ")),
                        lock.who(),
                        lock.createdAt().toString(),
                        lock.reason()));
        return 0;
    }
}
