package io.errand.broker.credential.http;

import io.errand.broker.credential.http.HttpCalls.Told;
import io.errand.broker.shared.doctor.Diagnostic;
import io.errand.broker.shared.outbound.ClientCertificate;
import java.io.IOException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;

/** Whether the services that make credentials answer, believe the broker, and will go on to. */
@Component
class HttpDiagnostic implements Diagnostic {

    private static final Duration SOON = Duration.ofDays(7);

    private final HttpTargetProperties settings;
    private final HttpCalls calls;
    private final Clock clock;

    HttpDiagnostic(HttpTargetProperties settings, HttpCalls calls, Clock clock) {
        this.settings = settings;
        this.calls = calls;
        this.clock = clock;
    }

    @Override
    public String area() {
        return "http";
    }

    @Override
    public List<Part> parts() {
        return settings.httpTargets().keySet().stream()
                .sorted()
                .map(name -> new Part(name, () -> look(name)))
                .toList();
    }

    private List<Result> look(String name) {
        List<Result> results = new ArrayList<>();
        results.add(asked(name));
        calls.target(name)
                .flatMap(HttpTargetProperties.HttpTarget::certificate)
                .ifPresent(certificate -> results.add(shown(name, certificate)));
        return List.copyOf(results);
    }

    /** By a list, which makes nothing and needs all that a service needs to work. */
    private Result asked(String name) {
        String key = "errand.http-targets." + name;
        return switch (calls.send(name, "list", Map.of())) {
            case Told.Done(JsonNode body)
            when body.path("credentials").isArray() -> Result.ok("answers, and believes the broker");
            case Told.Done(JsonNode body) ->
                Result.error(
                        "answers a list without credentials",
                        "Run examples/http-backend/conformance.mjs against it (docs/http-backend.md).");
            case Told.Refused(String detail, boolean decided, var after) ->
                Result.error(
                        "answers, and does not list: " + detail,
                        "Look at its own log; leases at it cannot be made, and those that end stay revoking.");
            case Told.Unclear(String cause, boolean down, var after) ->
                Result.error(
                        "cannot be asked: " + cause,
                        "See that " + key
                                + ".url leads to it, that errand.outbound.private-networks has its network and"
                                + " errand.outbound.ca-file its authority, and that it knows this broker's issuer, or the certificate of "
                                + key + ".certificate-file.");
        };
    }

    private Result shown(String name, ClientCertificate certificate) {
        String remedy = "Renew the files of errand.http-targets." + name
                + ".certificate-file and key-file; no restart is needed.";
        try {
            X509Certificate own = certificate.read().chain().getFirst();
            Instant end = own.getNotAfter().toInstant();
            Duration left = Duration.between(clock.instant(), end);
            if (left.isNegative()) {
                return Result.error("the certificate that it is shown ended at " + end, remedy);
            }
            return left.compareTo(SOON) < 0
                    ? Result.warning("the certificate that it is shown ends at " + end, remedy)
                    : Result.ok("the certificate that it is shown is good until " + end);
        } catch (IOException e) {
            return Result.error("it is shown no certificate: " + e.getMessage(), remedy);
        }
    }
}
