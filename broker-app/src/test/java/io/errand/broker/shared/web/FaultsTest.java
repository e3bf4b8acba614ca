package io.errand.broker.shared.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.broker.shared.Problem;
import java.sql.SQLException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.dao.OptimisticLockingFailureException;
import org.springframework.jdbc.CannotGetJdbcConnectionException;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.transaction.CannotCreateTransactionException;

class FaultsTest {

    static Stream<Arguments> faults() {
        return Stream.of(
                Arguments.of(new CannotCreateTransactionException("s3cret"), 503),
                Arguments.of(new CannotGetJdbcConnectionException("s3cret"), 503),
                Arguments.of(new IllegalStateException("s3cret", new SQLException("s3cret", "57P01")), 503),
                Arguments.of(new IllegalStateException(new SQLException("read-only", "25006")), 503),
                Arguments.of(new IllegalStateException(new SQLException("disk full", "53100")), 503),
                Arguments.of(new OptimisticLockingFailureException("s3cret"), 409),
                Arguments.of(new DuplicateKeyException("s3cret"), 409),
                Arguments.of(new DataIntegrityViolationException("s3cret"), 409),
                Arguments.of(new BodyTooLarge(), 400),
                Arguments.of(new IllegalStateException("s3cret"), 500),
                Arguments.of(new IllegalStateException(new SQLException("Connection is closed")), 503),
                Arguments.of(new IllegalStateException(new SQLException("s3cret")), 500),
                Arguments.of(new StackOverflowError(), 500));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void aFaultIsToldByItsKindAndNotByItsMessage(Throwable fault, int status) {
        Problem problem = Faults.of(fault);

        assertThat(problem.status().value()).isEqualTo(status);
        assertThat(problem.toString()).doesNotContain("s3cret", "Exception");
        assertThat(problem.members().containsKey("fault")).isEqualTo(status == 500);
    }

    @Test
    void aCircleOfCausesEnds() {
        Exception one = new Exception("one");
        one.initCause(new Exception("two", one));

        assertThat(Faults.of(one).status().value()).isEqualTo(500);
    }

    @Test
    void whatIsDownSaysWhenToTryAgain() throws Exception {
        MockHttpServletResponse response = new MockHttpServletResponse();

        Problems.write(response, Faults.of(new CannotCreateTransactionException("no")));

        assertThat(response.getHeader("Retry-After")).isEqualTo("5");
        assertThat(response.getContentType()).isEqualTo("application/problem+json");
    }
}
