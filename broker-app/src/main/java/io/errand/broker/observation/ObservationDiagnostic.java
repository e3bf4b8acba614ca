package io.errand.broker.observation;

import io.errand.broker.shared.doctor.Diagnostic;
import java.util.List;
import org.springframework.stereotype.Component;

/** Whether what targets log can be read here. */
@Component
class ObservationDiagnostic implements Diagnostic {

    private final Observations observations;
    private final ObservationProperties settings;

    ObservationDiagnostic(Observations observations, ObservationProperties settings) {
        this.observations = observations;
        this.settings = settings;
    }

    @Override
    public String area() {
        return "observation";
    }

    @Override
    public List<Part> parts() {
        return settings.sources().keySet().stream()
                .sorted()
                .map(name -> Part.of(
                        name,
                        () -> observations
                                .failure(name)
                                .map(failure -> Result.error(
                                        "it cannot be read: " + failure,
                                        "See that the service may read what " + ObservationProperties.KEY + name
                                                + ".files and .urls name, and ask Vault what its audit device writes"
                                                + " (docs/observation.md)."))
                                .orElseGet(() -> Result.ok("it is read"))))
                .toList();
    }
}
