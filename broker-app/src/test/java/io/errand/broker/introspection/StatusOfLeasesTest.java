package io.errand.broker.introspection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.nimbusds.jose.JWSObject;
import io.errand.api.Json;
import io.errand.broker.credential.StatusIndex;
import io.errand.broker.key.Keys;
import io.errand.broker.shared.ErrandProperties;
import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.StatusListReader;
import java.text.ParseException;
import java.time.Clock;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** What a list says of each state that a lease may be in. */
@BrokerTest
class StatusOfLeasesTest {

    private final String agent = Scene.name("agent");
    private final String tool = Scene.name("erp");
    private final Scene scene;
    private final JdbcClient jdbc;

    /** What another replica has: it hears nothing of what is done at the first. */
    private final StatusLists elsewhere;

    @Autowired
    StatusOfLeasesTest(@LocalServerPort int port, JdbcClient jdbc, Keys keys, ErrandProperties errand, Clock clock) {
        scene = new Scene(port);
        this.jdbc = jdbc;
        elsewhere = new StatusLists(jdbc, keys, errand, clock);
    }

    @BeforeEach
    void registered() {
        scene.jwtTool(tool, Map.of());
        scene.agent(agent, tool, Map.of());
        scene.permits();
    }

    @Test
    void anotherReplicaTellsTheEndToo() {
        JsonNode granted = granted();
        StatusIndex place = place(granted);
        assertThat(told(place)).isEqualTo(StatusListReader.VALID);

        scene.end(granted);

        await("the other replica's list").until(() -> told(place) == StatusListReader.INVALID);
    }

    /** Limits became shorter: the lease ends, and the token that was signed before does not. */
    @Test
    void whatWasCutShortIsListedUntilItsTokensEnd() {
        JsonNode granted = granted();
        set(granted, "expires_at = now(), due_at = now()");

        await("the end of what was cut").until(() -> told(place(granted)) == StatusListReader.INVALID);
    }

    /** Verifiers go on for a while after {@code exp}, for the sake of their clocks. */
    @Test
    void whatEndedEarlyIsListedForAWhileAfterItsEnd() {
        JsonNode granted = granted();
        set(
                granted,
                "state = 'revoked', reason = 'completed', revoking_at = now() - interval '90 s', status_until = now() - interval '60 s'");

        assertThat(told(place(granted))).isEqualTo(StatusListReader.INVALID);
        set(granted, "status_until = now() - interval '1 hour', revoking_at = now() - interval '2 hours'");

        await("its place to be free").until(() -> told(place(granted)) == StatusListReader.VALID);
    }

    @Test
    void aPlaceThatIsAnothersTellsTheOthers() {
        JsonNode past = granted();
        JsonNode next = granted();
        set(
                past,
                "state = 'revoked', reason = 'expired', revoking_at = now() - interval '90 s', status_until = now() - interval '1 s'");

        set(next, "status_index = " + place(past).place());

        await("the new holder's status").until(() -> told(place(past)) == StatusListReader.VALID);
    }

    @Test
    void whatExpiresOfItselfIsInNoList() {
        JsonNode granted = granted();

        set(granted, "state = 'revoking', reason = 'expired', revoking_at = now(), status_until = now()");

        assertThat(told(place(granted))).isEqualTo(StatusListReader.VALID);
    }

    private void set(JsonNode granted, String changes) {
        jdbc.sql("UPDATE lease SET version = version + 1, " + changes + " WHERE id = :id")
                .param(
                        "id",
                        UUID.fromString(granted.at("/credentials/0/lease_id").asString()))
                .update();
    }

    private int told(StatusIndex place) {
        try {
            return StatusListReader.entry(
                    Json.mapper()
                            .readTree(
                                    JWSObject.parse(elsewhere.get(place.list()).token())
                                            .getPayload()
                                            .toString()),
                    place.index());
        } catch (ParseException e) {
            throw new AssertionError(e);
        }
    }

    private JsonNode granted() {
        return scene.exchange(Scene.request(agent, tool, "read")).json();
    }

    private StatusIndex place(JsonNode granted) {
        JsonNode claim = scene.verified(granted.at("/credentials/0/data/token").asString())
                .at("/status/status_list");
        return new StatusIndex(Integer.parseInt(claim.path("uri").asString().replaceAll(".*/", "")) * StatusIndex.SIZE
                + claim.path("idx").asInt());
    }
}
