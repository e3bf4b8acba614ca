@org.jspecify.annotations.NullMarked
package io.errand.quickstart.issuer;
