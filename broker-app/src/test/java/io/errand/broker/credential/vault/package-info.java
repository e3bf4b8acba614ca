@org.jspecify.annotations.NullMarked
package io.errand.broker.credential.vault;
