package io.errand.broker.observation;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.api.Sha256;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is made of records as Vault 1.21 writes them. */
class VaultAuditLogTest {

    private static Optional<Observed> read(String record) {
        return VaultAuditLog.json(record.getBytes(StandardCharsets.UTF_8));
    }

    private static String record(String type, String accessor, String path, String error) {
        return """
                {"auth":{"accessor":"%2$s","client_token":"hmac-sha256:00","display_name":"token-a","metadata":{"lease_id":"b"},
                 "policy_results":{"allowed":true},"token_type":"service"},
                 "request":{"client_token_accessor":"%2$s","id":"4d","mount_type":"database","namespace":{"id":"root"},"operation":"read",
                  "path":"%3$s","remote_address":"10.0.0.7","remote_port":5},
                 "error":"%4$s","time":"2026-11-30T10:00:00.123456789Z","type":"%1$s"}""".formatted(type, accessor, path, error);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    database/creds/orders-read | ''                                                   | request
                    auth/userpass/login/u      | ''                                                   | login
                    auth/jwt/login             | ''                                                   | login
                    database/creds/orders-read | 1 error occurred:\\n\\t* permission denied\\n\\n     | refused
                    database/creds/orders-read | 1 error occurred:\\n\\t* unknown role: x\\n\\n       | error
                    """)
    void answersAreOfTheTokenThatTheDeviceNames(String path, String error, String what) {
        assertThat(read(record("response", "hmac-sha256:ab", path, error)))
                .contains(new Observed(
                        Instant.parse("2026-11-30T10:00:00.123456789Z"),
                        "token-a",
                        "hmac-sha256:ab",
                        what,
                        "read",
                        path,
                        "database",
                        "10.0.0.7"));
    }

    /** Where accessors are written as they are ({@code hmac_accessor=false}), they are not kept so. */
    @Test
    void anAccessorInTheClearIsNotKept() {
        assertThat(read(record("response", "8609694a-cdbc-db9b", "a/b", "")))
                .get()
                .extracting(Observed::session)
                .isEqualTo("sha256:" + Sha256.hex("8609694a-cdbc-db9b"));
    }

    @Test
    void aPathOfANamespaceHasItsName() {
        assertThat(read(record("response", "hmac-sha256:ab", "kv/x", "")
                        .replace("{\"id\":\"root\"}", "{\"id\":\"Ab1\",\"path\":\"team/\"}")))
                .get()
                .extracting(Observed::object)
                .isEqualTo("team/kv/x");
    }

    @Test
    void aQuestionIsNoAnswer() {
        assertThat(read(record("request", "hmac-sha256:ab", "a/b", ""))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[]",
                "null",
                "7",
                "{\"type\":\"response\"}",
                "{\"type\":\"response\",\"auth\":[],\"request\":7}",
                "{\"type\":\"response\",\"auth\":{},\"request\":{\"path\":\"sys/health\"}}",
                "{\"type\":\"response\",\"auth\":{\"accessor\":[1]},\"request\":{\"path\":\"a\",\"client_token\":{}}}"
            })
    void whatIsNobodysIsNothing(String line) {
        assertThat(read(line)).isEmpty();
    }
}
