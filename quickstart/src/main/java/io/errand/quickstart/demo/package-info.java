/**
 * The demo: a story in steps, told against a real broker, PostgreSQL and issuer, in which each step checks its own proof.
 *
 * <p>A further step is a {@link io.errand.quickstart.demo.Step} in the list of {@link io.errand.quickstart.demo.DemoCommand}.
 */
@org.jspecify.annotations.NullMarked
package io.errand.quickstart.demo;
