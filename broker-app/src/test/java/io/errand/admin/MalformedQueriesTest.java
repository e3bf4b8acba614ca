package io.errand.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.Admins;
import io.errand.testing.BrokerTest;
import io.errand.testing.Wire;
import io.errand.testing.Wire.Answer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.web.server.LocalServerPort;

/** A query that cannot be read is the caller's mistake, wherever it is found out. */
@BrokerTest
class MalformedQueriesTest {

    private final Wire administrator;

    MalformedQueriesTest(@LocalServerPort int port) {
        administrator = Wire.at(port).as(Admins.token("errand.admin"));
    }

    @ParameterizedTest
    @CsvSource({
        "/admin/v1/agents, =",
        "/admin/v1/agents, limit=1&=",
        "/admin/v1/leases, %9D%1C=null",
        "/admin/v1/policies/any, =&=x",
        "/admin/v1/revocations, =true"
    })
    void itIsRefusedAndSaysWhy(String path, String query) {
        Answer answer = administrator.get(path + "?" + query);

        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.header("Content-Type")).startsWith("application/problem+json");
        assertThat(answer.json().path("detail").asString()).contains("query");
    }
}
