package io.errand.directory;

import io.errand.testing.BrokerTest;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.test.context.TestPropertySource;

/** A service of its own, in which owners must be in the directory once there is one. */
@BrokerTest
@TestPropertySource(properties = "errand.directory.required=true")
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@interface WithDirectory {}
