package io.errand.quickstart.demo;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import tools.jackson.databind.JsonNode;

/** What the broker granted: a task, its token, and one credential for a PostgreSQL login. */
record Grant(String taskId, String taskToken, JsonNode credential, String url) {

    static Grant of(Wire.Answer answer) {
        JsonNode data = answer.body().path("credentials").path(0).path("data");
        return of(answer, data.path("jdbc_url").asString(""));
    }

    /** @param url where the login is for; Vault's credentials do not say */
    static Grant of(Wire.Answer answer, String url) {
        JsonNode body = answer.body();
        return new Grant(
                body.path("task").path("id").asString(""),
                body.path("access_token").asString(""),
                body.path("credentials").path(0),
                url);
    }

    String leaseId() {
        return credential.path("lease_id").asString("");
    }

    String username() {
        return data("username");
    }

    String password() {
        return data("password");
    }

    Instant expiresAt() {
        return Instant.parse(credential.path("expires_at").asString());
    }

    /** Logs in as any program with this credential would. */
    Connection login() throws SQLException {
        return DriverManager.getConnection(url, username(), password());
    }

    private String data(String member) {
        return credential.path("data").path(member).asString("");
    }

    @Override
    public String toString() {
        return "Grant[task=" + taskId + ", lease=" + leaseId() + "]";
    }
}
