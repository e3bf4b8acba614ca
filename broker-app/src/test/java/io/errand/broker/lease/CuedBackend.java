package io.errand.broker.lease;

import io.errand.broker.credential.Backend;
import io.errand.broker.credential.Destruction;
import io.errand.broker.credential.Issuing;
import io.errand.broker.credential.Order;
import io.errand.broker.credential.ToolBinding;
import io.errand.broker.shared.Secret;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;

/** A target outside, in memory: what it holds, and how it answers for each tool. */
class CuedBackend implements Backend {

    final Map<UUID, String> holds = new ConcurrentHashMap<>();
    final Map<UUID, AtomicInteger> destructions = new ConcurrentHashMap<>();
    private final Map<String, BiFunction<Order, Recorder, Issuing>> issuing = new ConcurrentHashMap<>();
    private final Map<String, Function<Remains, Destruction>> destroying = new ConcurrentHashMap<>();

    /** What listing the target answers. */
    volatile Supplier<List<Listing>> listing = this::all;

    List<Listing> all() {
        return List.of(new Listing.Seen(
                "",
                holds.keySet().stream()
                        .map(id -> new Live(id, "", "ref-" + id, "ref-" + id, true))
                        .toList()));
    }

    void issueOf(String tool, BiFunction<Order, Recorder, Issuing> answer) {
        issuing.put(tool, answer);
    }

    void destroyOf(String tool, Function<Remains, Destruction> answer) {
        destroying.put(tool, answer);
    }

    void destroyAsUsual(String tool) {
        destroying.remove(tool);
    }

    int destructionsOf(UUID lease) {
        return destructions.getOrDefault(lease, new AtomicInteger()).get();
    }

    @Override
    public String name() {
        return "cued";
    }

    @Override
    public List<BindingProblem> check(ToolBinding toolBinding) {
        return List.of();
    }

    @Override
    public Issuing issue(Order order, Recorder recorder) {
        return issuing.getOrDefault(order.toolBinding().tool(), (o, r) -> make(o))
                .apply(order, recorder);
    }

    Issuing make(Order order) {
        holds.put(order.lease(), order.toolBinding().tool());
        return new Issuing.Issued(
                "ref-" + order.lease(),
                Map.of("password", new Secret("s3cret-" + order.lease())),
                order.term().until());
    }

    @Override
    public Destruction destroy(Remains remains) {
        destructions.computeIfAbsent(remains.lease(), id -> new AtomicInteger()).incrementAndGet();
        return destroying
                .getOrDefault(remains.toolBinding().tool(), this::remove)
                .apply(remains);
    }

    Destruction remove(Remains remains) {
        holds.remove(remains.lease());
        return new Destruction.Gone(
                "absent", "It is not there.", Map.of("lease", remains.lease().toString()));
    }

    @Override
    public List<Listing> list() {
        return listing.get();
    }
}
