package io.errand.broker.signal.receiver;

import io.errand.broker.identity.SecurityEventTokens.Keys;
import io.errand.broker.shared.doctor.Diagnostic;
import io.errand.broker.signal.receiver.RegisteredTransmitters.Registered;
import java.util.List;
import org.springframework.stereotype.Component;

/** Whether the keys of those can be had whose security events are to be believed. */
@Component
class TransmitterDiagnostic implements Diagnostic {

    private final RegisteredTransmitters transmitters;

    TransmitterDiagnostic(RegisteredTransmitters transmitters) {
        this.transmitters = transmitters;
    }

    @Override
    public String area() {
        return "transmitters";
    }

    @Override
    public List<Part> parts() {
        return transmitters.all().stream()
                .map(one -> Part.of(one.name(), () -> look(one)))
                .toList();
    }

    private static Result look(Registered transmitter) {
        Keys keys = transmitter.verifier().look();
        if (keys.failure() == null && keys.usable() > 0) {
            return Result.ok(keys.usable() + " keys");
        }
        return Result.warning(
                keys.failure() == null ? "it publishes no key that can be used" : keys.failure(),
                "Its security events are not believed: see that what " + TransmitterProperties.KEY + transmitter.name()
                        + ".jwks-uri (or the discovery document of its issuer) names can be reached.");
    }
}
