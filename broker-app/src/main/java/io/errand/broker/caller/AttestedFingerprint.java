package io.errand.broker.caller;

import io.errand.api.Fingerprint;
import io.errand.api.TaskDeclaration;
import java.util.Map;
import java.util.regex.Pattern;

/** What an agent is made of where its identity token says so: whoever signed that is believed, and not the agent. */
public final class AttestedFingerprint {

    private static final int MAX_MODEL = 255;
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
    private static final Fingerprint UNKNOWN = new Fingerprint(null, null, null, null);

    private AttestedFingerprint() {}

    /** What is declared, with each member that a claim attests as that claim has it; it stops where a token has no such claim. */
    public static GrantStep<TaskDeclaration> in(TaskDeclaration task, Caller caller) {
        Map<String, String> attested = caller.agent().attestedBy();
        if (attested.isEmpty()) {
            return GrantStep.pass(task);
        }
        Fingerprint now = task.fingerprint() == null ? UNKNOWN : task.fingerprint();
        for (Map.Entry<String, String> one : attested.entrySet()) {
            Object claim = caller.workload().claims().get(one.getValue());
            if (!(claim instanceof String value) || !isValue(one.getKey(), value)) {
                return GrantStep.stop(Refusal.accessDenied(
                        "fingerprint_not_attested",
                        "The agent's identity token does not say what the agent is made of, as its registration wants it to.",
                        "the claim " + one.getValue() + " is absent or no value of " + one.getKey()));
            }
            now = now.with(one.getKey(), value);
        }
        return GrantStep.pass(task.withFingerprint(now));
    }

    private static boolean isValue(String member, String value) {
        return member.endsWith("_sha256")
                ? SHA256.matcher(value).matches()
                : !value.isBlank()
                        && value.length() <= MAX_MODEL
                        && value.chars().noneMatch(Character::isISOControl);
    }
}
