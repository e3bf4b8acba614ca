/** The Java client as a bean of Spring Boot applications, configured by {@code errand.client.*}. */
@org.jspecify.annotations.NullMarked
package io.errand.client.spring;
