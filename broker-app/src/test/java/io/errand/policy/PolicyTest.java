package io.errand.policy;

import io.errand.testing.BrokerTest;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.context.annotation.Import;
import org.springframework.test.context.TestPropertySource;

/** A service of its own: what is in force concerns everybody, so these tests share a database with no others. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@BrokerTest
@Import(PolicyAdmin.class)
@TestPropertySource(properties = "errand.test.only=policies")
@interface PolicyTest {}
