package io.errand.registry;

import io.errand.broker.credential.Backend;
import io.errand.broker.credential.Destruction;
import io.errand.broker.credential.Issuing;
import io.errand.broker.credential.Order;
import io.errand.broker.credential.ToolBinding;
import java.util.List;
import java.util.Map;

/** A backend whose bindings work unless their {@code config} has the member {@code broken}: it says what is reported. */
class FakeBackend implements Backend {

    @Override
    public String name() {
        return "fake";
    }

    @Override
    public List<BindingProblem> check(ToolBinding toolBinding) {
        Object broken = toolBinding.config().get("broken");
        return broken == null ? List.of() : List.of(new BindingProblem("broken", broken.toString()));
    }

    @Override
    public Issuing issue(Order order, Recorder recorder) {
        return new Issuing.Refused("Nothing is made here.");
    }

    @Override
    public Destruction destroy(Remains remains) {
        return new Destruction.Gone("absent", "Nothing was ever made.", Map.of());
    }

    @Override
    public List<Listing> list() {
        return List.of();
    }
}
