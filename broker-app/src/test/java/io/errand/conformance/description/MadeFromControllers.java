package io.errand.conformance.description;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.context.annotation.Import;
import org.springframework.test.context.TestPropertySource;

/** A service that also has what reads the description from its controllers. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Import({
    Described.class,
    Document.class,
    EvaluationDescription.class,
    OAuthDescription.class,
    Operations.class,
    SecurityEventsDescription.class
})
@TestPropertySource(
        properties = {
            "springdoc.api-docs.enabled=true",
            "springdoc.api-docs.path=" + MadeFromControllers.PATH,
            // The description itself, what never answers anything, and what C2SP and SCIM (RFC 7644) describe.
            "springdoc.paths-to-exclude=/v3/**,/oauth2/authorize,/log/tile/**,/scim/**",
            "springdoc.default-flat-param-object=true",
            "springdoc.default-produces-media-type=application/json",
            "springdoc.override-with-generic-response=false",
            "springdoc.writer-with-order-by-keys=true",
            "springdoc.auto-tag-classes=false"
        })
public @interface MadeFromControllers {

    /** Where it would be served; nobody may ask there. */
    String PATH = "/made-from-controllers";
}
