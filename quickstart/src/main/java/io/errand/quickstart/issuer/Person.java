package io.errand.quickstart.issuer;

import java.util.List;

/** Who signs in, with what the console reads of a person. */
record Person(String subject, List<String> roles, List<String> groups) {

    static final List<String> ROLES = List.of("errand.admin", "errand.operator", "errand.approver", "errand.auditor");

    /** Those who need not be made up. */
    static final List<Person> READY = List.of(
            new Person("dev-admin", ROLES, List.of()),
            new Person("anna", List.of("errand.approver"), List.of("finance")),
            new Person("otto", List.of("errand.operator"), List.of()),
            new Person("vera", List.of("errand.auditor"), List.of()));
}
