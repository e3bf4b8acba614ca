package io.errand.testing;

import static io.errand.testing.Forgeries.forged;

import io.errand.testing.Forgeries.Forgery;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Numbers that cost a careless reader its memory or its time, and a token in the place of claims. */
final class NumberForgeries {

    private NumberForgeries() {}

    static List<Forgery> all() {
        return List.of(
                number("exp", "1e999999999", "expiry_invalid"),
                number("exp", "1e400", "expiry_invalid"),
                number("exp", "9".repeat(500), "claims_malformed"),
                number("iat", "1e999999999", "not_yet_valid"),
                number("iat", "-1e999999999", "not_yet_valid"),
                number("nbf", "9".repeat(500), "claims_malformed"),
                number("exp", "NaN", "claims_malformed"),
                number("exp", "0x7fffffff", "claims_malformed"),
                number("exp", "+4102444800", "claims_malformed"),
                number("exp", "04102444800", "claims_malformed"),
                forged(
                        "a token as claims",
                        f -> f.header(h -> h.put("cty", "JWT"))
                                .claims(f.signed().getBytes(StandardCharsets.US_ASCII))
                                .signed(),
                        "claims_malformed"),
                forged(
                        "a NUL in the kid",
                        f -> f.header(h -> h.put("kid", "ec-1\u0000")).signed(),
                        "header_malformed"));
    }

    /** In place of the good number, as text, since no library would write it. */
    private static Forgery number(String claim, String value, String reason) {
        return forged(
                claim + " " + (value.length() > 20 ? value.length() + " digits" : value),
                f -> f.claims(c -> c.put(claim, "@")).withText("\"@\"", value).signed(),
                reason);
    }
}
