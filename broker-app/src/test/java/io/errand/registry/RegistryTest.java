package io.errand.registry;

import io.errand.testing.BrokerTest;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.context.annotation.Import;

/** A {@link BrokerTest} with a backend that tests command. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@BrokerTest
@Import(FakeBackend.class)
public @interface RegistryTest {}
