package io.errand.broker.agent;

import io.errand.api.Fingerprint;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * That an agent is made of something else than it was.
 *
 * @param differences at least one, in the order of a fingerprint's members
 */
public record Drift(List<Difference> differences) {

    /** A member that both name and that differs. */
    public record Difference(String member, String before, String now) {

        @Override
        public String toString() {
            return member + " was " + before + " and is " + now;
        }
    }

    /** Empty: what both name is the same. */
    public static Optional<Drift> between(Fingerprint before, Fingerprint now) {
        List<Difference> differences = new ArrayList<>();
        compare("model", before.model(), now.model(), differences);
        compare("prompt_sha256", before.promptSha256(), now.promptSha256(), differences);
        compare("toolchain_sha256", before.toolchainSha256(), now.toolchainSha256(), differences);
        compare("data_sha256", before.dataSha256(), now.dataSha256(), differences);
        return differences.isEmpty() ? Optional.empty() : Optional.of(new Drift(differences));
    }

    private static void compare(
            String member, @Nullable String before, @Nullable String now, List<Difference> differences) {
        if (before != null && now != null && !before.equals(now)) {
            differences.add(new Difference(member, before, now));
        }
    }

    /** What an agent is made of that was one thing and has declared another: what it does not name stays. */
    static Fingerprint over(Fingerprint before, Fingerprint declared) {
        return new Fingerprint(
                either(declared.model(), before.model()),
                either(declared.promptSha256(), before.promptSha256()),
                either(declared.toolchainSha256(), before.toolchainSha256()),
                either(declared.dataSha256(), before.dataSha256()));
    }

    private static @Nullable String either(@Nullable String one, @Nullable String other) {
        return one == null ? other : one;
    }

    /** Each with what it was. */
    String before() {
        return told(Difference::before);
    }

    /** Each with what it is. */
    String now() {
        return told(Difference::now);
    }

    private String told(Function<Difference, String> value) {
        return differences.stream()
                .map(one -> one.member() + " " + value.apply(one))
                .collect(Collectors.joining("; "));
    }

    /** Their names. */
    public String members() {
        return differences.stream().map(Difference::member).collect(Collectors.joining(", "));
    }

    /** Each with what it was and what it is, for the audit log. */
    public String detail() {
        return differences.stream().map(Difference::toString).collect(Collectors.joining("; "));
    }
}
