import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PublicKey;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.keycloak.jose.jwk.JSONWebKeySet;
import org.keycloak.jose.jwk.JWK;
import org.keycloak.jose.jwk.JWKParser;
import org.keycloak.jose.jws.JWSInput;
import org.keycloak.jose.jws.crypto.RSAProvider;
import org.keycloak.ssf.event.SsfEvent;
import org.keycloak.ssf.event.caep.CaepCredentialChange;
import org.keycloak.ssf.event.caep.CaepSessionRevoked;
import org.keycloak.ssf.event.stream.SsfStreamVerificationEvent;
import org.keycloak.ssf.event.token.SsfSecurityEventToken;
import org.keycloak.ssf.metadata.TransmitterMetadata;
import org.keycloak.ssf.stream.SsfStreamRepresentation;
import org.keycloak.ssf.stream.StreamStatus;
import org.keycloak.ssf.subject.ComplexSubjectId;
import org.keycloak.ssf.subject.IssuerSubjectId;
import org.keycloak.ssf.subject.OpaqueSubjectId;
import org.keycloak.ssf.subject.SubjectId;

/** What a broker says of a stream and sends to it, in a directory, read by Keycloak's classes and verified by them. */
class SsfReader {

    private static final ObjectMapper JSON = new ObjectMapper();

    private static final Map<String, Class<? extends SsfEvent>> TYPES = Map.of(
            CaepSessionRevoked.TYPE, CaepSessionRevoked.class,
            CaepCredentialChange.TYPE, CaepCredentialChange.class,
            SsfStreamVerificationEvent.TYPE, SsfStreamVerificationEvent.class);

    public static void main(String[] args) throws Exception {
        Path sent = Path.of(args[0]);
        TransmitterMetadata metadata = read(sent.resolve("metadata.json"), TransmitterMetadata.class);
        SsfStreamRepresentation stream = read(sent.resolve("stream.json"), SsfStreamRepresentation.class);
        StreamStatus status =
                read(sent.resolve("status.json"), StreamStatus.class);
        require(metadata.getSpecVersion().equals("1_0"), "spec_version");
        require(metadata.getDeliveryMethodSupported().size() == 2, "delivery_methods_supported");
        require(metadata.getIssuer().equals(stream.getIssuer().toString()), "the stream's issuer");
        require(status.getStreamId().equals(stream.getId()), "the status is of the stream");
        require(stream.getEventsDelivered().size() == 3, "events_delivered");

        Map<String, PublicKey> keys = new HashMap<>();
        for (JWK key : read(sent.resolve("jwks.json"), JSONWebKeySet.class).getKeys()) {
            keys.put(key.getKeyId(), JWKParser.create(key).toPublicKey());
        }
        Map<String, Integer> seen = new TreeMap<>();
        JsonNode sets = JSON.readTree(Files.readString(sent.resolve("poll.json"))).path("sets");
        for (Map.Entry<String, JsonNode> set : sets.properties()) {
            JWSInput jws = new JWSInput(set.getValue().asText());
            require(jws.getHeader().getType().equals("secevent+jwt"), "typ");
            require(RSAProvider.verify(jws, keys.get(jws.getHeader().getKeyId())), "the signature");
            look(set.getKey(), JSON.readTree(jws.getContent()), stream, metadata, seen);
        }
        System.out.println("read: " + seen);
        require(seen.keySet().equals(TYPES.keySet()), "a token of each of these types, and of no other");
    }

    private static void look(
            String jti,
            JsonNode claims,
            SsfStreamRepresentation stream,
            TransmitterMetadata metadata,
            Map<String, Integer> seen)
            throws Exception {
        Map.Entry<String, JsonNode> event = claims.path("events").properties().iterator().next();
        seen.merge(event.getKey(), 1, Integer::sum);
        Class<? extends SsfEvent> type = TYPES.get(event.getKey());
        require(type != null, "a type that it knows: " + event.getKey());
        SsfEvent read = JSON.treeToValue(event.getValue(), type);
        read.validate();
        require(type == SsfStreamVerificationEvent.class || read.getEventTimestamp() > 0, "event_timestamp");
        require(type != CaepSessionRevoked.class || read.getInitiatingEntity() != null, "initiating_entity");
        // Outside a server, this class does not know which types there are.
        ((ObjectNode) claims).putObject("events");
        SsfSecurityEventToken token = JSON.treeToValue(claims, SsfSecurityEventToken.class);
        require(token.getJti().equals(jti), "jti");
        require(token.getIss().equals(metadata.getIssuer()), "iss");
        require(token.getAud().length == 1 && token.getAud()[0].equals(stream.getAudience()), "aud");
        require(token.getIat() > 0, "iat");
        SubjectId subject = token.getSubjectId();
        if (subject instanceof ComplexSubjectId complex) {
            require(complex.getSession() instanceof OpaqueSubjectId, "the task as session");
            require(complex.getApplication() instanceof IssuerSubjectId, "the agent as application");
        } else {
            require(subject instanceof IssuerSubjectId || subject instanceof OpaqueSubjectId, "a subject: " + subject);
        }
    }

    private static <T> T read(Path file, Class<T> type) throws Exception {
        return JSON.readValue(Files.readString(file), type);
    }

    private static void require(boolean good, String what) {
        if (!good) {
            throw new IllegalStateException("not as Keycloak has it: " + what);
        }
    }
}
