package io.errand.broker.policy.cedar;

import com.cedarpolicy.model.policy.PolicySet;
import io.errand.broker.policy.PolicyRequest;
import io.errand.broker.policy.cedar.PolicySubset.Member;
import io.errand.broker.shared.RecentMap;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Policies by what their heads name, so that a question costs what the policies cost that can concern it. Cedar evaluates each
 * policy that it is given.
 */
public final class PolicyIndex {

    /** The native side keeps so many parsed sets and drops others; a slice has up to five, and old ones wait for the collector. */
    private static final int NATIVE_SETS = 64 * 1024;

    private static final int MAX_SLICES = 4 * 1024;
    private static final int MAX_PREPARED = 256;
    private static final Heads ANY = new Heads(null, null);

    static {
        PolicySet.setCacheMaxPolicySets(NATIVE_SETS);
    }

    private final Map<Heads, List<Member>> members = new HashMap<>();
    private final Set<String> agents = new HashSet<>();
    private final Set<String> tools = new HashSet<>();

    /** Guarded by itself; the least recently used one goes. */
    private final Map<Key, PolicySubset> slices = new RecentMap<>(MAX_SLICES);

    /** Of policies that name neither agent nor tool, by action; guarded by the slices. */
    private final Map<String, List<MergedPolicies>> bundles = new HashMap<>();

    private record Heads(@Nullable String agent, @Nullable String tool) {}

    /** An agent or a tool that no policy names is like any other such. */
    private record Key(Heads heads, String action) {}

    private final int size;

    public PolicyIndex(List<Member> all) {
        size = all.size();
        for (Member member : all) {
            PolicyScope policyScope = member.policyScope();
            members.computeIfAbsent(new Heads(policyScope.agent(), policyScope.tool()), heads -> new ArrayList<>())
                    .add(member);
            if (policyScope.agent() != null) {
                agents.add(policyScope.agent());
            }
            if (policyScope.tool() != null) {
                tools.add(policyScope.tool());
            }
        }
    }

    public PolicySubset slice(PolicyRequest policyRequest) {
        return slice(policyRequest.agent().name(), policyRequest.tool().name(), policyRequest.action());
    }

    private PolicySubset slice(@Nullable String agent, @Nullable String tool, String action) {
        Heads heads = new Heads(agents.contains(agent) ? agent : null, tools.contains(tool) ? tool : null);
        synchronized (slices) {
            return slices.computeIfAbsent(new Key(heads, action), this::cut);
        }
    }

    /** Whether one of those that can concern this agent at this tool is {@code @liftable}. */
    public boolean hasLiftable(String agent, String tool) {
        return CedarRequests.ACTIONS.stream()
                .anyMatch(action -> slice(agent, tool, action).hasLiftable());
    }

    public int size() {
        return size;
    }

    /** Parses the slices that another index was asked for last, and those of agents and tools that no policy names. */
    public void prepareLike(PolicyIndex other) {
        List<Key> keys = new ArrayList<>();
        synchronized (other.slices) {
            keys.addAll(other.slices.keySet());
        }
        keys.subList(0, Math.max(0, keys.size() - MAX_PREPARED)).clear();
        for (String action : CedarRequests.ACTIONS) {
            keys.add(new Key(ANY, action));
        }
        for (Key key : keys) {
            slice(key.heads().agent(), key.heads().tool(), key.action()).prepare();
        }
    }

    private PolicySubset cut(Key key) {
        Set<Heads> covering = new HashSet<>();
        covering.add(key.heads());
        covering.add(new Heads(key.heads().agent(), null));
        covering.add(new Heads(null, key.heads().tool()));
        covering.add(ANY);
        return new PolicySubset(
                covering.stream().flatMap(heads -> of(heads, key.action())).toList(),
                bundles.computeIfAbsent(
                        key.action(),
                        action -> MergedPolicies.of(of(ANY, action).toList())));
    }

    private Stream<Member> of(Heads heads, String action) {
        return members.getOrDefault(heads, List.of()).stream()
                .filter(member -> member.policyScope().covers(action));
    }
}
