package io.errand.broker.approval;

import io.errand.api.ApprovalView.Need;
import io.errand.api.ApprovalView.Verdict;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Who must agree: one seat for each person that a group must send. Everybody takes one seat, whatever groups they are in, so two
 * groups that must agree are two people.
 */
record Quorum(List<String> seats) {

    static Quorum of(List<Need> needs) {
        Map<String, Integer> people = new TreeMap<>();
        // One group that is asked for twice is asked for the larger number.
        needs.forEach(need -> people.merge(need.group(), need.people(), Math::max));
        List<String> seats = new ArrayList<>();
        people.forEach((group, number) -> seats.addAll(Collections.nCopies(number, group)));
        return new Quorum(List.copyOf(seats));
    }

    /** Whether those who said yes can fill all seats: a matching, found by augmenting paths. */
    boolean isMetBy(List<Verdict> approving) {
        Map<String, Integer> seatOf = new HashMap<>();
        for (int seat = 0; seat < seats.size(); seat++) {
            if (!seated(seat, approving, seatOf, new HashSet<>())) {
                return false;
            }
        }
        return true;
    }

    /** Fills a seat by somebody free, or by somebody whose own seat another one can take. */
    private boolean seated(int seat, List<Verdict> approving, Map<String, Integer> seatOf, Set<String> asked) {
        for (Verdict person : approving) {
            if (person.groups().contains(seats.get(seat)) && asked.add(person.who())) {
                Integer held = seatOf.get(person.who());
                if (held == null || seated(held, approving, seatOf, asked)) {
                    seatOf.put(person.who(), seat);
                    return true;
                }
            }
        }
        return false;
    }
}
