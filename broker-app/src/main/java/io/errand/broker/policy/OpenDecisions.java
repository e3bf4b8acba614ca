package io.errand.broker.policy;

import java.util.Map;

/** A face of this room for what is neither a task nor a tool: may it, by policies about entity types of their own? */
public interface OpenDecisions {

    /**
     * Every set decides whose schema declares both types and the action: one that forbids wins, otherwise one that permits.
     * Anything that goes wrong is a denial (P5), and so is a type that nobody declares. It never throws.
     */
    PolicyDecision decide(OpenQuestion question);

    /** @param context values that Cedar has: text, whole numbers, booleans, lists and maps of these; others are left out */
    record OpenQuestion(Thing principal, String action, Thing resource, Map<String, Object> context) {}

    /** @param properties become attributes, with values as in the context */
    record Thing(String type, String id, Map<String, Object> properties) {}
}
