package io.errand.broker.evaluation;

import io.errand.broker.policy.Question;
import io.errand.broker.policy.Rulebook;
import io.errand.broker.policy.Ruling;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What external decision points say about one submission. They are asked while nothing is held that anybody waits for: a decision is
 * tried as if they agreed, undone, and made once they have answered exactly what it asks. Used by one thread.
 */
final class Hearing implements Rulebook {

    private final Instant moment;
    private final Map<Question, Ruling> heard = new HashMap<>();
    private final Set<Question> unheard = new LinkedHashSet<>();
    private @Nullable Rulebook book;

    /** @param moment at which everything is asked, however long it takes: otherwise no question would be asked twice */
    Hearing(Instant moment) {
        this.moment = moment;
    }

    Instant moment() {
        return moment;
    }

    /** Goes by what is in force now; what was heard under anything else counts no more. */
    Rulebook by(Rulebook now) {
        if (!now.equals(book)) {
            heard.clear();
            book = now;
        }
        unheard.clear();
        return this;
    }

    @Override
    public Ruling decide(Question question) {
        Ruling known = heard.get(question);
        if (known != null) {
            return known;
        }
        Ruling proposed = inForce().proposed(question);
        if (inForce().isSlow() && !(proposed instanceof Ruling.Deny)) {
            unheard.add(question);
        }
        return proposed;
    }

    /** Whether nothing was decided that is still to be agreed to. */
    boolean isOver() {
        return unheard.isEmpty();
    }

    /** Takes as long as it takes. */
    void ask() {
        unheard.forEach(question -> heard.put(question, inForce().decide(question)));
        unheard.clear();
    }

    private Rulebook inForce() {
        Rulebook now = book;
        if (now == null) {
            throw new IllegalStateException("nothing is in force yet");
        }
        return now;
    }
}
