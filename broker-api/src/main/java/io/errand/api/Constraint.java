package io.errand.api;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What a member must hold beyond its type, as far as a schema can say it: for editors, and in the OpenAPI document. The service
 * checks it itself.
 */
@Target(ElementType.RECORD_COMPONENT)
@Retention(RetentionPolicy.RUNTIME)
public @interface Constraint {

    /** A name of a registered thing, as it stands in addresses. */
    String NAME = "^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$";

    /** SHA-256 in lower-case hex. */
    String SHA256 = "^[0-9a-f]{64}$";

    /** Whether a file that is applied must have it. */
    boolean required() default false;

    /** The texts that it may be; of a list its items, of a map its values. */
    String[] oneOf() default {};

    /** What a text matches; of a list its items. */
    String pattern() default "";

    /** The least of a number, or the fewest items of a list. */
    int min() default Integer.MIN_VALUE;

    /** The most. */
    int max() default Integer.MAX_VALUE;

    /** Whether only the service writes it. */
    boolean answered() default false;
}
