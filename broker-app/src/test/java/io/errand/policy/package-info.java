/** What the policy room promises: decisions through its face, the registry over HTTP. */
@org.jspecify.annotations.NullMarked
package io.errand.policy;
