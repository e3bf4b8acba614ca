package io.errand.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.test.context.ContextConfiguration;

/**
 * The whole service on a random port over a real PostgreSQL, shared by all tests that bear this. Tests name their own agents and
 * tools, so that they do not meet.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@SpringBootTest(
        classes = io.errand.broker.Errand.class,
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {
            "errand.issuer=" + BrokerTest.ISSUER,
            "errand.console.client-id=" + BrokerTest.CONSOLE,
            // Services under test share a target and an issuer identifier: each would destroy the others' credentials.
            "errand.reconcile.enabled=false",
            // Tests make jobs due and wait for them.
            "db-scheduler.polling-interval=500ms",
            // Tests count the events of strangers, all in one minute.
            "errand.audit.refusals-per-minute=100000"
        })
@ContextConfiguration(initializers = Surroundings.class)
@ExtendWith(PoliciesEndWithTheTest.class)
public @interface BrokerTest {

    /** Our issuer identifier in tests; it need not be the address. */
    String ISSUER = "https://errand.test";

    /** What the pages are at the administrators' issuer. */
    String CONSOLE = "errand-console";
}
