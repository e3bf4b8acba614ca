package io.errand.broker.lease;

import io.errand.testing.BrokerTest;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.context.annotation.Import;
import org.springframework.test.context.TestPropertySource;

/** The service whose workers are turned by hand, with a backend that fails on cue. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@BrokerTest
@TestPropertySource(
        properties = {
            "errand.lease.worker.enabled=false",
            "errand.lease.irrevocable-after=3",
            "errand.task.expiry-interval=PT1H"
        })
@Import({Ground.class, CuedBackend.class, FreeBackend.class})
@interface LeaseTest {}
