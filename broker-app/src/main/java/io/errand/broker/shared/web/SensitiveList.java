package io.errand.broker.shared.web;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Of a method that answers with a {@link io.errand.api.Page}: that somebody read it is on the audit log before it is answered. */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface SensitiveList {

    /** What the event calls the list. */
    String value();
}
