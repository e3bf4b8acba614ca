package io.errand.api;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * JSON as RFC 8785 (JCS) writes it: members sorted by UTF-16 code units, no white space, numbers as ECMAScript prints doubles. Every
 * digest of this service is SHA-256 of it, so that others can compute it too. Our own, since the one library of the RFC's authors has
 * its own parser and has not been kept since 2020.
 */
public final class CanonicalJson {

    private static final long MAX_SAFE = 1L << 53;

    private final StringBuilder out = new StringBuilder();

    private CanonicalJson() {}

    /** Empty: a number in it is none that a double holds exactly, so that two requests could read the same. */
    public static Optional<String> of(Map<String, ? extends @Nullable Object> object) {
        CanonicalJson json = new CanonicalJson();
        return json.value(object) ? Optional.of(json.out.toString()) : Optional.empty();
    }

    /**
     * Of any JSON. A number that no double holds exactly, which the RFC leaves out, stands with all its digits, so that two that
     * differ are written differently: 9007199254740993, 1E+400.
     */
    public static String of(JsonNode node) {
        CanonicalJson json = new CanonicalJson();
        json.value(node);
        return json.out.toString();
    }

    private boolean value(@Nullable Object value) {
        return switch (value) {
            case JsonNode node -> value(node);
            case null -> text("null");
            case Boolean truth -> text(truth.toString());
            case String string -> string(string);
            case Integer number -> text(number.toString());
            case Long number -> Math.abs(number) <= MAX_SAFE && text(number.toString());
            case Double number -> Double.isFinite(number) && text(number(number));
            case List<?> list -> list(list);
            case Map<?, ?> map -> object(map);
            default -> false;
        };
    }

    private boolean value(JsonNode node) {
        return switch (node.getNodeType()) {
            case OBJECT ->
                object(node.properties().stream().collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));
            case ARRAY -> list(List.copyOf(node.values()));
            case STRING -> string(node.asString());
            case NUMBER -> text(isRead(node) ? exact(node.decimalValue()) : node.toString());
            default -> text(node.toString());
        };
    }

    /** A parser that reads doubles has infinity for what is too large. */
    private static boolean isRead(JsonNode number) {
        return !number.isDouble() || Double.isFinite(number.doubleValue());
    }

    private static String exact(BigDecimal number) {
        double rounded = number.doubleValue();
        return Double.isFinite(rounded) && new BigDecimal(Double.toString(rounded)).compareTo(number) == 0
                ? number(rounded)
                : number.stripTrailingZeros().toString();
    }

    private boolean text(String text) {
        out.append(text);
        return true;
    }

    private boolean list(List<?> list) {
        out.append('[');
        for (Iterator<?> items = list.iterator(); items.hasNext(); ) {
            if (!value(items.next())) {
                return false;
            }
            out.append(items.hasNext() ? "," : "");
        }
        return text("]");
    }

    private boolean object(Map<?, ?> map) {
        // String.compareTo compares UTF-16 code units, as §3.2.3 wants it.
        TreeMap<String, @Nullable Object> sorted = new TreeMap<>();
        map.forEach((name, member) -> sorted.put((String) name, member));
        out.append('{');
        String comma = "";
        for (Map.Entry<String, @Nullable Object> member : sorted.entrySet()) {
            out.append(comma);
            string(member.getKey());
            out.append(':');
            if (!value(member.getValue())) {
                return false;
            }
            comma = ",";
        }
        return text("}");
    }

    /** §3.2.2.2. */
    private boolean string(String string) {
        out.append('"');
        for (int i = 0; i < string.length(); i++) {
            char c = string.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\b' -> out.append("\\b");
                case '\t' -> out.append("\\t");
                case '\n' -> out.append("\\n");
                case '\f' -> out.append("\\f");
                case '\r' -> out.append("\\r");
                default -> {
                    if (c < 0x20) {
                        out.append("\\u00").append(c < 0x10 ? "0" : "").append(Integer.toHexString(c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        return text("\"");
    }

    /** ECMAScript's Number::toString, which §3.2.2.3 prescribes. */
    static String number(double value) {
        if (value == 0) {
            return "0"; // -0 too
        }
        BigDecimal shortest = shortest(Math.abs(value));
        String digits = shortest.unscaledValue().toString();
        int k = digits.length();
        int n = k - shortest.scale();
        String sign = value < 0 ? "-" : "";
        if (k <= n && n <= 21) {
            return sign + digits + "0".repeat(n - k);
        }
        if (0 < n && n <= 21) {
            return sign + digits.substring(0, n) + "." + digits.substring(n);
        }
        if (-6 < n && n <= 0) {
            return sign + "0." + "0".repeat(-n) + digits;
        }
        String exponent = (n - 1 < 0 ? "-" : "+") + Math.abs(n - 1);
        return sign + digits.charAt(0) + (k == 1 ? "" : "." + digits.substring(1)) + "e" + exponent;
    }

    /** Double.toString is the shortest that reads the same, but has at least two digits: 4.9E-324 is 5e-324. */
    private static BigDecimal shortest(double value) {
        BigDecimal decimal = new BigDecimal(Double.toString(value)).stripTrailingZeros();
        if (decimal.precision() == 2) {
            BigDecimal single = decimal.round(new MathContext(1)).stripTrailingZeros();
            if (single.doubleValue() == value) {
                return single;
            }
        }
        return decimal;
    }
}
