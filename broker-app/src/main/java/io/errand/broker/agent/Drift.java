package io.errand.broker.agent;

import io.errand.api.Fingerprint;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Whether an agent is made of something else than it was. */
public final class Drift {

    private Drift() {}

    /** The first member that both name and that differs. */
    public static Optional<String> between(Fingerprint before, Fingerprint now) {
        if (differs(before.model(), now.model())) {
            return Optional.of("model");
        }
        if (differs(before.promptSha256(), now.promptSha256())) {
            return Optional.of("prompt_sha256");
        }
        if (differs(before.toolchainSha256(), now.toolchainSha256())) {
            return Optional.of("toolchain_sha256");
        }
        return differs(before.dataSha256(), now.dataSha256()) ? Optional.of("data_sha256") : Optional.empty();
    }

    private static boolean differs(@Nullable String before, @Nullable String now) {
        return before != null && now != null && !before.equals(now);
    }
}
