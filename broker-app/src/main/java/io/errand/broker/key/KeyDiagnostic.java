package io.errand.broker.key;

import io.errand.api.KeyView;
import io.errand.broker.shared.doctor.Diagnostic;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.springframework.stereotype.Component;

/** Whether the signing keys open, and rotate when they should. */
@Component
class KeyDiagnostic implements Diagnostic {

    /** Every replica looks once a minute. */
    private static final Duration LATE = Duration.ofMinutes(10);

    private final SigningKeyRows rows;
    private final RotationProperties rotation;
    private final Clock clock;

    KeyDiagnostic(SigningKeyRows rows, RotationProperties rotation, Clock clock) {
        this.rows = rows;
        this.rotation = rotation;
        this.clock = clock;
    }

    @Override
    public String area() {
        return "keys";
    }

    @Override
    public List<Part> parts() {
        List<KeyView> active =
                rows.all().stream().filter(key -> key.state().equals("active")).toList();
        return active.isEmpty()
                ? List.of(Part.of("signing", () -> Result.ok("no key yet: it is made when the first token is signed")))
                : active.stream()
                        .map(key -> Part.of(key.alg() + " " + key.kid(), () -> look(key)))
                        .toList();
    }

    private Result look(KeyView key) {
        try {
            rows.active(key.alg(), null);
        } catch (IllegalStateException | UncheckedIOException e) {
            return Result.error(
                    String.valueOf(e.getMessage()),
                    "Set errand.key.encryption-key or errand.key.encryption-key-file to the key that this database was"
                            + " used with before; without it nothing can be signed, and every exchange fails.");
        }
        Instant since = Objects.requireNonNullElse(key.activeAt(), key.createdAt());
        Instant next = since.plus(rotation.rotationInterval());
        String sentence = "opens, signs since " + since + " and is replaced about " + next;
        return clock.instant().isAfter(next.plus(LATE))
                ? Result.warning(
                        sentence + ", which is past",
                        "No replica rotates it: look in the service's log for what keeps the scheduled job from running,"
                                + " or rotate it by POST /admin/v1/keys/rotate (docs/keys.md).")
                : Result.ok(sentence);
    }
}
