package io.errand.bench;

import io.errand.api.Json;
import io.errand.cli.DevelopmentKey;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;

/** A realm with what its documentation asks for: a person, a client that exchanges, one with a key, and an API. */
final class KeycloakSide implements Side {

    private static final String ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";
    private static final String FRONT = "front";
    private static final String EXCHANGER = "exchanger";
    private static final String API = "reports";
    private static final String KEYED = "keyed";
    private static final String PERSON = "alex";
    private static final String HOUR = "3600";

    private final KeycloakServer server;
    private final String version;
    private final boolean withEvents;
    private final String name;
    private final String secret = UUID.randomUUID().toString();
    private final DevelopmentKey key;
    private final String realm;

    private KeycloakSide(KeycloakServer server, Path folder, String version, boolean withEvents) {
        this.server = server;
        this.version = version;
        this.withEvents = withEvents;
        this.name = withEvents ? "bench-events" : "bench";
        this.key = DevelopmentKey.loadOrCreate(folder);
        this.realm = server.base() + "/realms/" + name;
    }

    /** As it comes: an exchange leaves nothing behind. */
    static KeycloakSide asItComes(KeycloakServer server, Path folder, String version) {
        return new KeycloakSide(server, folder, version, false).created();
    }

    /** A realm that keeps its events in the database, which is the record that it offers of what it granted. */
    static KeycloakSide withEvents(KeycloakServer server, Path folder, String version) {
        return new KeycloakSide(server, folder, version, true).created();
    }

    private KeycloakSide created() {
        String admin = "Bearer "
                + Web.post(
                                server.base().resolve("/realms/master/protocol/openid-connect/token"),
                                null,
                                ErrandSide.encoded(Map.of(
                                        "grant_type",
                                        "password",
                                        "client_id",
                                        "admin-cli",
                                        "username",
                                        KeycloakServer.ADMIN,
                                        "password",
                                        server.password())))
                        .path("access_token")
                        .asString();
        Web.postJson(server.base().resolve("/admin/realms"), admin, realmRepresentation());
        return this;
    }

    private Map<String, Object> realmRepresentation() {
        Map<String, Object> exchanger = client(EXCHANGER);
        exchanger.put("attributes", Map.of("standard.token.exchange.enabled", "true"));
        exchanger.put("protocolMappers", List.of(audience(API)));
        Map<String, Object> front = client(FRONT);
        front.put("directAccessGrantsEnabled", true);
        // Standard token exchange wants the requester among the audiences of the subject's token.
        front.put("protocolMappers", List.of(audience(EXCHANGER)));
        Map<String, Object> keyed = client(KEYED);
        keyed.put("clientAuthenticatorType", "client-jwt");
        keyed.put(
                "attributes",
                Map.of(
                        "use.jwks.string",
                        "true",
                        "jwks.string",
                        Json.mapper().writeValueAsString(Map.of("keys", List.of(key.publicJwk()))),
                        "token.endpoint.auth.signing.alg",
                        "ES256",
                        "token.endpoint.auth.signing.max.exp",
                        HOUR));
        return Map.of(
                "realm",
                name,
                "enabled",
                true,
                "eventsEnabled",
                withEvents,
                "sslRequired",
                "none",
                "accessTokenLifespan",
                3600,
                "clients",
                List.of(front, exchanger, keyed, client(API)),
                "users",
                List.of(Map.of(
                        "username",
                        PERSON,
                        "enabled",
                        true,
                        "email",
                        "alex@example.com",
                        "emailVerified",
                        true,
                        "firstName",
                        "Alex",
                        "lastName",
                        "Example",
                        "credentials",
                        List.of(Map.of("type", "password", "value", secret, "temporary", false)))));
    }

    private Map<String, Object> client(String id) {
        Map<String, Object> client = new LinkedHashMap<>();
        client.put("clientId", id);
        client.put("enabled", true);
        client.put("secret", secret);
        client.put("serviceAccountsEnabled", true);
        client.put("standardFlowEnabled", false);
        return client;
    }

    private static Map<String, Object> audience(String of) {
        return Map.of(
                "name",
                "audience " + of,
                "protocol",
                "openid-connect",
                "protocolMapper",
                "oidc-audience-mapper",
                "config",
                Map.of("included.client.audience", of, "access.token.claim", "true"));
    }

    @Override
    public boolean isPeerOf(Side other) {
        return other instanceof ErrandSide;
    }

    @Override
    public String name() {
        return "Keycloak " + version + (withEvents ? " (events stored)" : "");
    }

    @Override
    public Optional<Operation> operation(Kind kind, int atMost) {
        return Optional.of(
                switch (kind) {
                    case TOKEN_EXCHANGE -> many("/token", EXCHANGER, exchange(), "\"access_token\"");
                    case CLIENT_CREDENTIALS ->
                        new Operation(
                                server.base(),
                                IntStream.range(0, atMost)
                                        .mapToObj(i -> HttpLine.post(
                                                server.base(), path("/token"), "", ErrandSide.encoded(assertion())))
                                        .toList(),
                                true,
                                "\"access_token\"");
                    case INTROSPECTION -> many("/token/introspect", API, exchanged(), "\"active\":true");
                });
    }

    private Operation many(String path, String client, Map<String, String> form, String proof) {
        byte[] request = HttpLine.post(
                server.base(), path(path), "Authorization: " + basic(client) + "\r\n", ErrandSide.encoded(form));
        return new Operation(server.base(), List.of(request), false, proof);
    }

    private Map<String, String> exchange() {
        String subject = token(
                FRONT, Map.of("grant_type", "password", "username", PERSON, "password", secret, "scope", "openid"));
        return Map.of(
                "grant_type", "urn:ietf:params:oauth:grant-type:token-exchange",
                "subject_token", subject,
                "subject_token_type", ACCESS_TOKEN,
                "requested_token_type", ACCESS_TOKEN,
                "audience", API);
    }

    /** The API asks about the token that it was shown. */
    private Map<String, String> exchanged() {
        return Map.of("token", token(EXCHANGER, exchange()));
    }

    private Map<String, String> assertion() {
        long now = Instant.now().getEpochSecond();
        return Map.of(
                "grant_type",
                "client_credentials",
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                "client_assertion",
                key.sign(Map.of(
                        "iss",
                        KEYED,
                        "sub",
                        KEYED,
                        "aud",
                        realm,
                        "iat",
                        now,
                        "exp",
                        now + 600,
                        "jti",
                        UUID.randomUUID().toString())));
    }

    private String token(String client, Map<String, String> form) {
        JsonNode answer =
                Web.post(URI.create(realm + "/protocol/openid-connect/token"), basic(client), ErrandSide.encoded(form));
        return answer.path("access_token").asString();
    }

    private String basic(String client) {
        return "Basic "
                + Base64.getEncoder().encodeToString((client + ":" + secret).getBytes(StandardCharsets.US_ASCII));
    }

    private String path(String of) {
        return "/realms/" + name + "/protocol/openid-connect" + of;
    }

    @Override
    public void close() {
        if (!withEvents) {
            server.close();
        }
    }
}
