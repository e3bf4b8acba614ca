package io.errand.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.EnumNamingStrategies;
import tools.jackson.databind.KeyDeserializer;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.deser.std.StdScalarDeserializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;

/**
 * The one way in which Errand reads and writes JSON.
 *
 * <p>Limits: 1 MiB a document, nesting to 32, numbers to 100 digits. Duplicate members, unknown members, text where a number
 * is due (and the reverse), NUL characters and lone surrogates are errors.
 */
public final class Json {

    /** Bytes of the largest document that is read at all; most endpoints allow less. */
    public static final int MAX_DOCUMENT_BYTES = 1 << 20;

    /** Levels of arrays and objects. */
    public static final int MAX_DEPTH = 32;

    private static final String NO_TEXT = "a NUL character or half of a surrogate pair is not text";

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .maxDocumentLength(MAX_DOCUMENT_BYTES)
                            .maxNumberLength(100)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enumNamingStrategy(EnumNamingStrategies.LOWER_CASE)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(EnumFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .changeDefaultPropertyInclusion(in -> in.withValueInclusion(JsonInclude.Include.NON_NULL))
            .addModule(new SimpleModule("errand")
                    .addDeserializer(String.class, new Text())
                    .addKeyDeserializer(String.class, new MemberName())
                    .addKeyDeserializer(Object.class, new MemberName())
                    .addDeserializer(Duration.class, new Iso8601()))
            .build();

    private Json() {}

    /** The mapper; it is immutable and safe to share. */
    public static JsonMapper mapper() {
        return MAPPER;
    }

    /** Text as PostgreSQL, Cedar and UTF-8 can hold it: RFC 8259 §8.2 leaves lone surrogates unpredictable. */
    private static final class Text extends StdScalarDeserializer<String> {

        Text() {
            super(String.class);
        }

        @Override
        public String deserialize(JsonParser parser, DeserializationContext context) {
            if (!parser.currentToken().isScalarValue() || !parser.hasToken(JsonToken.VALUE_STRING)) {
                return (String) context.handleUnexpectedToken(String.class, parser);
            }
            String text = parser.getString();
            if (!isStorable(text)) {
                return (String) context.handleWeirdStringValue(String.class, "", NO_TEXT);
            }
            return text;
        }
    }

    /** What members of a map are called is text too. */
    private static final class MemberName extends KeyDeserializer {

        @Override
        public Object deserializeKey(String key, DeserializationContext context) {
            return isStorable(key) ? key : context.handleWeirdKey(String.class, "", NO_TEXT);
        }
    }

    /** A duration is text: Jackson's own reader takes a number for seconds. */
    private static final class Iso8601 extends StdScalarDeserializer<Duration> {

        Iso8601() {
            super(Duration.class);
        }

        @Override
        public Duration deserialize(JsonParser parser, DeserializationContext context) {
            if (!parser.hasToken(JsonToken.VALUE_STRING)) {
                return (Duration) context.handleUnexpectedToken(Duration.class, parser);
            }
            try {
                return Duration.parse(parser.getString());
            } catch (DateTimeParseException e) {
                return (Duration) context.handleWeirdStringValue(Duration.class, "", "not an ISO 8601 duration");
            }
        }
    }

    /** Whether a text holds neither NUL nor half of a surrogate pair. */
    public static boolean isStorable(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 0 || Character.isLowSurrogate(c)) {
                return false;
            }
            if (Character.isHighSurrogate(c)) {
                i++;
                if (i == text.length() || !Character.isLowSurrogate(text.charAt(i))) {
                    return false;
                }
            }
        }
        return true;
    }
}
