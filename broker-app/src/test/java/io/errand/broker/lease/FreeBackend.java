package io.errand.broker.lease;

import io.errand.broker.credential.Backend;
import io.errand.broker.credential.Destruction;
import io.errand.broker.credential.Issuing;
import io.errand.broker.credential.Order;
import io.errand.broker.credential.ToolBinding;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** A target that costs nothing: what is measured over it is the broker's own work. */
class FreeBackend implements Backend {

    final LongAdder destroyed = new LongAdder();

    @Override
    public String name() {
        return "free";
    }

    @Override
    public List<BindingProblem> check(ToolBinding toolBinding) {
        return List.of();
    }

    @Override
    public Issuing issue(Order order, Recorder recorder) {
        return new Issuing.Issued(
                "free-" + order.lease(), Map.of(), order.term().until());
    }

    @Override
    public Destruction destroy(Remains remains) {
        destroyed.increment();
        return new Destruction.Gone("absent", "It costs nothing.", Map.of());
    }

    @Override
    public List<Listing> list() {
        return List.of();
    }
}
