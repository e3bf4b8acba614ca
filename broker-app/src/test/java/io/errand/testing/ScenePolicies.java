package io.errand.testing;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * The sets of policies that a scene has in force: those that a test names, and one for each agent of the scene, which names that
 * agent. Nobody else's decisions depend on them or take longer for them.
 */
final class ScenePolicies {

    private static final String ANYBODY = "(principal,";

    private final BiConsumer<String, String> put;
    private final Set<String> named = new LinkedHashSet<>();
    private final Map<String, String> ofAgents = new LinkedHashMap<>();
    private String cedar = "";

    /** @param put how a set of that name comes into force with that text */
    ScenePolicies(BiConsumer<String, String> put) {
        this.put = put;
    }

    void set(String name, String text) {
        named.add(name);
        put.accept(name, text);
    }

    /** An agent of the scene: what is said for all of them holds for it too. */
    void agent(String name) {
        if (!ofAgents.containsKey(name)) {
            String set = Scene.name("own");
            ofAgents.put(name, set);
            say(name, set);
        }
    }

    /** @param text of which {@code (principal, …)} is each agent of the scene */
    void forAgents(String text) {
        cedar = text;
        ofAgents.forEach(this::say);
    }

    private void say(String agent, String set) {
        if (!cedar.isEmpty()) {
            set(set, cedar.replace(ANYBODY, "(principal == Errand::Agent::\"" + agent + "\","));
        }
    }

    /** Takes them out of force. */
    void withdraw(Consumer<String> delete) {
        named.forEach(delete);
        named.clear();
        cedar = "";
    }
}
