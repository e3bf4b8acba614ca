package io.errand.broker.identity.issuer;

import io.errand.broker.identity.jwt.KeySource;
import io.errand.broker.identity.jwt.VerificationKey;
import java.util.List;
import java.util.Map;

/**
 * The keys of a cluster's service account tokens, from its API server and from nowhere else: the {@code jwks_uri} of its discovery
 * document may name another machine, and is not followed. The API server must say that the issuer is the one that was registered,
 * so that no cluster speaks for another.
 */
record KubernetesKeys(String cluster, String iss, ApiServer server) implements KeySource {

    private static final String DISCOVERY = "/.well-known/openid-configuration";
    private static final String KEYS = "/openid/v1/jwks";

    @Override
    public Fetch fetch() {
        return switch (server.get(DISCOVERY)) {
            case ApiServer.Silent(String cause) -> failed(cause);
            case ApiServer.Answered(Map<?, ?> document)
            when !iss.equals(document.get("issuer")) -> failed("its tokens have another issuer than " + iss);
            case ApiServer.Answered(Map<?, ?> document) -> keys();
        };
    }

    private Fetch keys() {
        return switch (server.get(KEYS)) {
            case ApiServer.Silent(String cause) -> failed(cause);
            case ApiServer.Answered(Map<?, ?> document) ->
                document.get("keys") instanceof List<?> keys
                        ? new Fetched(VerificationKey.usable(keys))
                        : failed("it answered no key set");
        };
    }

    private Failed failed(String cause) {
        return new Failed("the API server of cluster " + cluster + ": " + cause);
    }
}
