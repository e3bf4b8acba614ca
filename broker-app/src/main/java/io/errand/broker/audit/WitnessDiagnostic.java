package io.errand.broker.audit;

import io.errand.broker.shared.doctor.Diagnostic;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.springframework.stereotype.Component;

/** Whether witnesses cosign the log's checkpoints, and the last one is kept elsewhere. */
@Component
class WitnessDiagnostic implements Diagnostic {

    private final CheckpointProperties settings;
    private final Cosignatures cosignatures;
    private final CheckpointCopies copies;

    WitnessDiagnostic(CheckpointProperties settings, Cosignatures cosignatures, CheckpointCopies copies) {
        this.settings = settings;
        this.cosignatures = cosignatures;
        this.copies = copies;
    }

    @Override
    public String area() {
        return "audit log";
    }

    @Override
    public List<Part> parts() {
        List<Part> parts = new ArrayList<>();
        settings.witnesses().keySet().stream()
                .sorted()
                .forEach(name -> parts.add(Part.of("witness " + name, () -> witness(name))));
        settings.checkpointCopies().keySet().stream()
                .sorted()
                .forEach(name -> parts.add(Part.of("copy " + name, () -> copy(name))));
        return parts;
    }

    private Result witness(String name) {
        String key = Objects.requireNonNull(settings.witnesses().get(name))
                .verifier()
                .name();
        return cosignatures
                .trouble(key)
                .map(trouble -> Result.error(
                        "it does not cosign: " + trouble,
                        "See that " + CheckpointProperties.WITNESSES + name + " names a witness that knows this log."))
                .orElseGet(() -> Result.ok("it cosigned when it was last asked"));
    }

    private Result copy(String name) {
        return copies.failure(name)
                .map(failure -> Result.error(
                        "the last checkpoint is not there: " + failure,
                        "See that " + CheckpointProperties.COPIES + name + " may be read and written."))
                .orElseGet(() -> Result.ok("it has what this replica signed last"));
    }
}
