package io.errand.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** With the vectors of RFC 8785. */
class CanonicalJsonTest {

    /** Appendix B. */
    @ParameterizedTest
    @CsvSource({
        "0000000000000000, 0",
        "8000000000000000, 0",
        "0000000000000001, 5e-324",
        "8000000000000001, -5e-324",
        "7fefffffffffffff, 1.7976931348623157e+308",
        "ffefffffffffffff, -1.7976931348623157e+308",
        "4340000000000000, 9007199254740992",
        "c340000000000000, -9007199254740992",
        "4430000000000000, 295147905179352830000",
        "44b52d02c7e14af5, 9.999999999999997e+22",
        "44b52d02c7e14af6, 1e+23",
        "44b52d02c7e14af7, 1.0000000000000001e+23",
        "444b1ae4d6e2ef4e, 999999999999999700000",
        "444b1ae4d6e2ef4f, 999999999999999900000",
        "444b1ae4d6e2ef50, 1e+21",
        "3eb0c6f7a0b5ed8c, 9.999999999999997e-7",
        "3eb0c6f7a0b5ed8d, 0.000001",
        "41b3de4355555553, 333333333.3333332",
        "41b3de4355555554, 333333333.33333325",
        "41b3de4355555555, 333333333.3333333",
        "41b3de4355555556, 333333333.3333334",
        "41b3de4355555557, 333333333.33333343",
        "becbf647612f3696, -0.0000033333333333333333",
        "43143ff3c1cb0959, 1424953923781206.2"
    })
    void numbersAreWrittenAsEcmascriptWritesThem(String bits, String written) {
        assertThat(CanonicalJson.number(Double.longBitsToDouble(Long.parseUnsignedLong(bits, 16))))
                .isEqualTo(written);
    }

    /** §3.2.2 and §3.2.3. */
    @Test
    void theExampleOfTheRfcIsReproducedToTheByte() {
        Map<String, Object> example = new LinkedHashMap<>();
        example.put(
                "numbers",
                List.of(Double.parseDouble("333333333.33333329"), 1E30, 4.50, 2e-3, 0.000000000000000000000000001));
        example.put("string", "€$\017\nA'B\"\\\\\"/");
        List<Object> literals = new ArrayList<>();
        literals.add(null);
        literals.add(true);
        literals.add(false);
        example.put("literals", literals);

        assertThat(CanonicalJson.of(example))
                .contains("{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],"
                        + "\"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
    }

    /** §3.2.3: by UTF-16 code units, whatever the order they came in. */
    @Test
    void membersAreSortedByCodeUnits() {
        Map<String, Object> names = new LinkedHashMap<>();
        for (String name : List.of("\u20ac", "\r", "\ufb33", "1", "\ud83d\ude00", "\u0080", "\u00f6")) {
            names.put(name, 0);
        }

        assertThat(CanonicalJson.of(names))
                .contains("{\"\\r\":0,\"1\":0,\"\u0080\":0,\"\u00f6\":0,\"\u20ac\":0,\"\ud83d\ude00\":0,\"\ufb33\":0}");
    }

    @Test
    void aNumberThatNoDoubleHoldsHasNoForm() {
        assertThat(CanonicalJson.of(Map.of("n", 9007199254740993L))).isEmpty();
        assertThat(CanonicalJson.of(Map.of("n", BigInteger.ONE.shiftLeft(70)))).isEmpty();
        assertThat(CanonicalJson.of(Map.of("n", List.of(Double.POSITIVE_INFINITY))))
                .isEmpty();
        assertThat(CanonicalJson.of(Map.of("n", 9007199254740992L))).contains("{\"n\":9007199254740992}");
    }

    /** What was read: the same value has one form, and what the RFC leaves out is still told apart. */
    @Test
    void numbersThatWereReadHaveOneFormEach() {
        JsonMapper exact = JsonMapper.builder()
                .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                .build();

        assertThat(CanonicalJson.of(exact.readTree("{\"b\":[1.0,10e-1,1,-0,100e20],\"a\":null}")))
                .isEqualTo("{\"a\":null,\"b\":[1,1,1,0,1e+22]}");
        assertThat(CanonicalJson.of(exact.readTree("[9007199254740993,9007199254740992,1e400,0.1000000000000000055]")))
                .isEqualTo("[9007199254740993,9007199254740992,1E+400,0.1000000000000000055]");
    }
}
