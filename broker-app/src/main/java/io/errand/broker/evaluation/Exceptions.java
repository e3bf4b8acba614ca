package io.errand.broker.evaluation;

import io.errand.broker.approval.BreakGlass;
import io.errand.broker.policy.Question;
import io.errand.broker.policy.Rulebook;
import io.errand.broker.policy.Ruling;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** What policy says, with what an operator has lifted where that makes a difference. */
@Component
class Exceptions {

    private final BreakGlass breakGlass;

    Exceptions(BreakGlass breakGlass) {
        this.breakGlass = breakGlass;
    }

    /** A ruling, and the break-glass without which it would be another. */
    record Ruled(Ruling ruling, Optional<UUID> breakGlass) {}

    /** A break-glass that counts is held until the decision is committed. */
    Ruled rule(Question question, Case of, Rulebook book) {
        BreakGlass.Ruled ruled = breakGlass.rule(
                question, of.task().id(), book, id -> breakGlass.hold(id).isPresent());
        return new Ruled(ruled.ruling(), ruled.breakGlass());
    }

    /** Every use of one is on record by itself. */
    void note(UUID id, Ruling.Permit permit, Matter matter, Case of) {
        List<String> lifted = permit.lifted();
        breakGlass.used(new BreakGlass.Use(
                id,
                matter.id(),
                of.agent().name(),
                of.task().id(),
                null,
                of.tool().name(),
                lifted));
    }
}
