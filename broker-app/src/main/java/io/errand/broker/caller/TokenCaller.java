package io.errand.broker.caller;

import io.errand.broker.identity.Identity;
import java.util.Optional;

/**
 * Who introspects or revokes, by the bearer token of the request.
 *
 * @param name as which it is known to itself: a workload's subject, or {@code person:<issuer>:<subject>}
 * @param identity a workload's
 * @param mayIntrospectAll a holder of {@code errand.introspect}
 */
public record TokenCaller(String name, Optional<Identity> identity, boolean mayIntrospectAll) {}
