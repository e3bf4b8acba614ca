package io.errand.broker.tool;

import io.errand.api.AuthorizationDetail;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The public face of this room. */
public interface Tools {

    Optional<Tool> byName(String name);

    /** Every label that a tool or a class of its data has. */
    Set<String> labels();

    /** The names of the tools that list this identity among theirs. */
    Set<String> ofIdentity(String issuer, String subject);

    /**
     * Whether all of them are still what was read, held so until the transaction under way is over: a change comes before, and is
     * seen here, or after, and sees what this transaction did.
     */
    boolean hold(List<Tool> tools);

    /** Why nobody would keep a credential to this part of a tool, as a sentence for whoever asked; empty: it can be granted. */
    Optional<String> unenforceable(Tool tool, AuthorizationDetail part);

    /** Whether the target itself keeps it to this part: then it reaches nothing else, whoever has it. */
    boolean isEnforced(Tool tool, AuthorizationDetail part);

    /** The tool one of whose {@code locations} this is, character by character (RFC 8707 {@code resource}). */
    Optional<Tool> byLocation(String location);
}
