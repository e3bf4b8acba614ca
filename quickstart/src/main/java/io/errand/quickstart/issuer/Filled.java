package io.errand.quickstart.issuer;

import io.errand.quickstart.issuer.Sent.Form;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The sign-in form as somebody filled it in, without the password.
 *
 * @param choice the subject of a ready person, or {@link #OTHER}
 * @param subject of the other one
 * @param roles of the other one
 * @param groups of the other one, between commas
 */
record Filled(String choice, String subject, List<String> roles, String groups) {

    /** The choice of somebody who is not ready. */
    static final String OTHER = "";

    static final Filled AT_FIRST = new Filled(Person.READY.getFirst().subject(), "", List.of(), "");

    /** OIDC Core §2. */
    private static final int LONGEST_SUBJECT = 255;

    static Filled of(Form form) {
        return new Filled(
                form.text("person"),
                form.text("subject").strip(),
                Person.ROLES.stream().filter(form::has).toList(),
                form.text("groups"));
    }

    /** Empty where the fields name nobody. */
    Optional<Person> person() {
        if (!choice.equals(OTHER)) {
            return Person.READY.stream()
                    .filter(ready -> ready.subject().equals(choice))
                    .findFirst();
        }
        boolean named = !subject.isEmpty()
                && subject.length() <= LONGEST_SUBJECT
                && subject.chars().noneMatch(Character::isISOControl);
        return named ? Optional.of(new Person(subject, roles, each())) : Optional.empty();
    }

    private List<String> each() {
        return Stream.of(groups.split(",", -1))
                .map(String::strip)
                .filter(group -> !group.isEmpty())
                .distinct()
                .toList();
    }
}
