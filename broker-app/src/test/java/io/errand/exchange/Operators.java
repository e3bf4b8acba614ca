package io.errand.exchange;

import static org.awaitility.Awaitility.await;

import io.errand.testing.BrokerTest;
import io.errand.testing.Postgres;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire.Answer;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** What operators do, and what tools ask, around a revocation. */
record Operators(Scene scene) {

    Answer revoke(Map<String, Object> scope, boolean lock) {
        return scene.as("errand.operator")
                .post("/admin/v1/revocations", Map.of("scope", scope, "reason", "test", "lock", lock));
    }

    /** The same of a name that need not be known yet. */
    Answer revokeEvenIfUnknown(Map<String, Object> scope) {
        return scene.as("errand.operator")
                .post(
                        "/admin/v1/revocations",
                        Map.of("scope", scope, "reason", "test", "lock", true, "even_if_unknown", true));
    }

    JsonNode manifest(Answer revocation) {
        return scene.as("errand.auditor")
                .get("/admin/v1/revocations/" + revocation.json().path("id").asString() + "?limit=500")
                .json();
    }

    JsonNode drained(Answer revocation) {
        return drained(revocation, Duration.ofSeconds(60));
    }

    JsonNode drained(Answer revocation, Duration atMost) {
        await("every lease of the revocation to be seen gone")
                .atMost(atMost)
                .until(() -> manifest(revocation).path("pending").asInt(-1) == 0);
        return manifest(revocation);
    }

    Answer unlock(Answer revocation) {
        return scene.as("errand.operator")
                .delete("/admin/v1/locks/" + revocation.json().path("lock").asString());
    }

    boolean isActive(JsonNode credential) {
        return introspect(Map.of("token", credential.path("lease_id").asString(), "token_type_hint", "lease"));
    }

    boolean isTaskActive(JsonNode granted) {
        return introspect(Map.of("token", granted.path("access_token").asString()));
    }

    private boolean introspect(Map<String, String> form) {
        return scene.anonymous()
                .as(Surroundings.PEOPLE.token(
                        "gateway",
                        claims -> claims.audience(BrokerTest.ISSUER + "/admin")
                                .claim("roles", java.util.List.of("errand.introspect"))))
                .form("/oauth2/introspect", new HashMap<>(form))
                .json()
                .path("active")
                .asBoolean();
    }

    /** Looked up at the target itself. */
    static boolean isInCatalogue(String lease) {
        try (var connection = Postgres.shared().connect(Surroundings.TARGET_DATABASE);
                var query = connection.prepareStatement("SELECT 1 FROM pg_roles WHERE rolname = ?")) {
            query.setString(1, "errand_" + lease);
            return query.executeQuery().next();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    static String validUntil(String lease) {
        try (var connection = Postgres.shared().connect(Surroundings.TARGET_DATABASE);
                var query = connection.prepareStatement("SELECT to_char(rolvaliduntil AT TIME ZONE 'UTC',"
                        + " 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') FROM pg_roles WHERE rolname = ?")) {
            query.setString(1, "errand_" + lease);
            var row = query.executeQuery();
            row.next();
            return row.getString(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
