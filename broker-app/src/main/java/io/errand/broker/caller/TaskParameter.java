package io.errand.broker.caller;

import io.errand.api.Fingerprint;
import io.errand.api.Json;
import io.errand.api.Sha256;
import io.errand.api.TaskDeclaration;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;

/** The parameter {@code task}: read, and its form checked. */
public final class TaskParameter {

    /** The shortest task. */
    public static final Duration SHORTEST = Duration.ofSeconds(1);

    private static final int MAX_PURPOSE = 4 * 1024;
    private static final Duration LONGEST = Duration.ofDays(1);
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
    private static final TaskDeclaration NOTHING = new TaskDeclaration(null, null, null, null, null, null, null);

    private TaskParameter() {}

    /** Absent: nothing is declared. */
    public static GrantStep<TaskDeclaration> read(TokenRequest request) {
        try {
            TaskDeclaration task =
                    request.task() == null ? NOTHING : Json.mapper().readValue(request.task(), TaskDeclaration.class);
            return task == null ? bad("task_unreadable", "task is not a JSON object.") : form(task);
        } catch (JacksonException e) {
            return bad("task_unreadable", "task is not the JSON object that it must be: " + summary(e));
        }
    }

    private static GrantStep<TaskDeclaration> form(TaskDeclaration task) {
        if (task.ttl() != null
                && (task.ttl().compareTo(SHORTEST) < 0 || task.ttl().compareTo(LONGEST) > 0)) {
            return bad("task_ttl", "task.ttl is a duration from PT1S to P1D.");
        }
        if (task.purpose() != null && !isPurpose(task.purpose())) {
            return bad("task_purpose", "task.purpose has at most 4096 bytes of text and no control characters.");
        }
        Fingerprint print = task.fingerprint();
        boolean digests = Stream.of(
                        task.promptSha256(),
                        print == null ? null : print.promptSha256(),
                        print == null ? null : print.toolchainSha256(),
                        print == null ? null : print.dataSha256())
                .filter(Objects::nonNull)
                .allMatch(digest -> SHA256.matcher(digest).matches());
        return digests
                ? digested(task)
                : bad("task_digest", "Members that end in _sha256 are 64 lower-case hexadecimal digits.");
    }

    /** Whatever becomes of the prompt's text, its digest is what policy, people and the log see. */
    private static GrantStep<TaskDeclaration> digested(TaskDeclaration task) {
        if (task.prompt() == null) {
            return GrantStep.pass(task);
        }
        String digest = Sha256.hex(task.prompt());
        return task.promptSha256() == null || task.promptSha256().equals(digest)
                ? GrantStep.pass(task.withPrompt(digest, task.prompt()))
                : bad("prompt_digest", "task.prompt_sha256 is not the SHA-256 of task.prompt in UTF-8.");
    }

    public static boolean isPurpose(String text) {
        return !text.isBlank()
                && text.getBytes(StandardCharsets.UTF_8).length <= MAX_PURPOSE
                && text.chars().noneMatch(Character::isISOControl);
    }

    /** What a parser says, without the source text that it quotes. */
    public static String summary(JacksonException e) {
        String where = e.getLocation() == null
                ? ""
                : " (line " + e.getLocation().getLineNr() + ", column "
                        + e.getLocation().getColumnNr() + ")";
        String path = e.getPath().isEmpty()
                ? ""
                : " at "
                        + String.join(
                                ".",
                                e.getPath().stream()
                                        .map(part -> String.valueOf(part.getPropertyName()))
                                        .toList());
        return e.getOriginalMessage()
                        .lines()
                        .findFirst()
                        .orElse("unreadable")
                        .replaceAll("io\\.errand\\.[\\w.$]+|java\\.[\\w.$]+", "value")
                + path
                + where;
    }

    private static <T> GrantStep<T> bad(String reason, String description) {
        return GrantStep.stop(Refusal.invalidRequest(reason, description));
    }
}
