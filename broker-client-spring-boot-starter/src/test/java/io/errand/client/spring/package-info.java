@org.jspecify.annotations.NullMarked
package io.errand.client.spring;
