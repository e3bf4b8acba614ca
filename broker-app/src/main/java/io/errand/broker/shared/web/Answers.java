package io.errand.broker.shared.web;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What a controller's method answers where all is well, for the OpenAPI document: its signature says only {@code Object}, since it
 * may answer a problem too.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface Answers {

    /** The body; {@code Void}: there is none. */
    Class<?> value();

    /** Whether it is a page of these. */
    boolean page() default false;

    /** The media type of the body; one that is not JSON is text. */
    String type() default "application/json";

    /** HTTP status, any of these. */
    int[] status() default 200;

    /** Refusals beyond those that every address of its kind knows. */
    int[] refusals() default {};
}
