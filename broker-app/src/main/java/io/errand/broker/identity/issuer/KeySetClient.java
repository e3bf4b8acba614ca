package io.errand.broker.identity.issuer;

import io.errand.api.Json;
import io.errand.broker.identity.SignInEndpoints;
import io.errand.broker.identity.jwt.CompactJws;
import io.errand.broker.identity.jwt.KeySource.Failed;
import io.errand.broker.identity.jwt.KeySource.Fetch;
import io.errand.broker.identity.jwt.KeySource.Fetched;
import io.errand.broker.identity.jwt.VerificationKey;
import io.errand.broker.identity.spiffe.TrustBundle;
import io.errand.broker.shared.outbound.Outbound;
import io.errand.broker.shared.outbound.Outbound.Reply;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;

/** Asks issuers for their keys over HTTP: no redirects, little time, little memory. */
@Component
public class KeySetClient {

    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    /** RFC 7517 §8.5.2 beside JSON: a Kubernetes API server answers 406 for its keys to whoever takes JSON alone. */
    static final String ACCEPTED = "application/json, application/jwk-set+json";

    private static final String STATUS_LIST = "application/statuslist+jwt";

    private static final String DISCOVERY = "/.well-known/openid-configuration";

    private final Outbound outbound;

    public KeySetClient(Outbound outbound) {
        this.outbound = outbound;
    }

    /** OIDC Discovery §4. */
    public Fetch discover(String issuer) {
        long deadline = deadline();
        return switch (discovery(issuer, deadline)) {
            case Failure(String cause) -> new Failed(cause);
            case Document(Map<?, ?> document) ->
                document.get("jwks_uri") instanceof String uri && mayPointTo(issuer, uri)
                        ? keys(uri, deadline)
                        : new Failed("the discovery document of " + issuer + " has no jwks_uri that may be asked");
        };
    }

    /** Where people sign in (OIDC Discovery §3). */
    public SignInEndpoints signIn(String issuer) {
        return switch (discovery(issuer, deadline())) {
            case Failure(String cause) -> new SignInEndpoints.Unavailable(cause);
            case Document(Map<?, ?> document) ->
                document.get("authorization_endpoint") instanceof String authorization
                                && document.get("token_endpoint") instanceof String token
                                && mayPointTo(issuer, authorization)
                                && mayPointTo(issuer, token)
                        ? new SignInEndpoints.At(issuer, authorization, token)
                        : new SignInEndpoints.Unavailable("the discovery document of " + issuer
                                + " has no authorization_endpoint and token_endpoint that may be used");
        };
    }

    /** The document must speak for the issuer that was asked (OIDC Discovery §4.3, mix-up). */
    private Response discovery(String issuer, long deadline) {
        String base = issuer.endsWith("/") ? issuer.substring(0, issuer.length() - 1) : issuer;
        return switch (get(base + DISCOVERY, deadline)) {
            case Document(Map<?, ?> document)
            when !issuer.equals(document.get("issuer")) -> new Failure("the discovery document is not of " + issuer);
            case Response answer -> answer;
        };
    }

    public Fetch keys(String uri) {
        return keys(uri, deadline());
    }

    /** A trust domain's bundle, from an endpoint that TLS as everywhere on the web speaks for ({@code https_web}). */
    Fetch bundle(String uri) {
        return keys(uri, deadline(), TrustBundle::read);
    }

    private Fetch keys(String uri, long deadline) {
        return keys(uri, deadline, keys -> new Fetched(VerificationKey.usable(keys)));
    }

    private Fetch keys(String uri, long deadline, Function<List<?>, Fetched> reading) {
        return switch (get(uri, deadline)) {
            case Failure(String cause) -> new Failed(cause);
            case Document(Map<?, ?> document) ->
                document.get("keys") instanceof List<?> keys
                        ? reading.apply(keys)
                        : new Failed(uri + " answered no key set");
        };
    }

    /** A status list as it stands there, or why there is none. */
    sealed interface StatusList {

        record Got(String token) implements StatusList {}

        record None(String cause) implements StatusList {}
    }

    StatusList statusList(String uri) {
        Optional<URI> target = JwksUris.of(uri);
        if (target.isEmpty()) {
            return new StatusList.None(uri + " is neither https nor http on this machine");
        }
        Outbound.Request request = new Outbound.Request(
                target.get(), Map.of("Accept", STATUS_LIST), null, CompactJws.MAX_STATUS_LIST_BYTES);
        return switch (outbound.send(request, TIMEOUT)) {
            case Reply.Answered(int status, String type, byte[] body) ->
                status == 200
                        ? new StatusList.Got(new String(body, StandardCharsets.US_ASCII).strip())
                        : new StatusList.None(uri + " answered " + status);
            case Reply.TimedOut() -> new StatusList.None(uri + " did not answer in time");
            case Reply.Failed(String cause) -> new StatusList.None(uri + ": " + cause);
        };
    }

    /** A document from elsewhere does not send the broker to its own machine. */
    private static boolean mayPointTo(String issuer, String uri) {
        Optional<URI> target = JwksUris.of(uri);
        return target.isPresent()
                && (!JwksUris.isOnThisMachine(target.get()) || JwksUris.isOnThisMachine(URI.create(issuer)));
    }

    private sealed interface Response {}

    private record Document(Map<?, ?> members) implements Response {}

    private record Failure(String cause) implements Response {}

    private static long deadline() {
        return System.nanoTime() + TIMEOUT.toNanos();
    }

    private Response get(String uri, long deadline) {
        Optional<URI> target = JwksUris.of(uri);
        if (target.isEmpty()) {
            return new Failure(uri + " is neither https nor http on this machine");
        }
        Outbound.Request request =
                new Outbound.Request(target.get(), Map.of("Accept", ACCEPTED), null, Json.MAX_DOCUMENT_BYTES);
        Duration left = Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
        return switch (outbound.send(request, left)) {
            case Reply.Answered(int status, String type, byte[] body) ->
                status == 200 ? document(uri, body) : new Failure(uri + " answered " + status);
            case Reply.TimedOut() -> new Failure(uri + " did not answer in time");
            case Reply.Failed(String cause) -> new Failure(uri + ": " + cause);
        };
    }

    private static Response document(String uri, byte[] body) {
        try {
            return Json.mapper().readValue(new String(body, StandardCharsets.UTF_8), Object.class)
                            instanceof Map<?, ?> document
                    ? new Document(document)
                    : new Failure(uri + " answered no JSON object");
        } catch (JacksonException e) {
            return new Failure(uri + " answered no JSON");
        }
    }
}
