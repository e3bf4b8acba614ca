package io.errand.broker.shared.web;

import io.errand.api.Json;
import io.errand.broker.shared.Problem;
import java.time.Duration;
import java.time.LocalDate;
import java.util.Collection;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.InputCoercionException;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.core.exc.UnexpectedEndOfInputException;
import tools.jackson.databind.exc.InvalidFormatException;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;

/**
 * What is wrong with a document that could not be read, in words of our own: the parser's messages quote the document, which
 * may hold a secret, and name our classes.
 */
final class UnreadableJson {

    private static final int LONGEST_PATH = 200;

    private UnreadableJson() {}

    static Problem of(JacksonException fault) {
        Problem problem = switch (fault) {
            case UnrecognizedPropertyException unknown ->
                Problem.invalidMember(path(fault), "There is no such member; see its spelling, or leave it out.");
            case InvalidFormatException form -> Problem.invalidMember(path(fault), form(form.getTargetType()));
            case MismatchedInputException type
            when fault.getPath().isEmpty() ->
                Problem.badRequest("The body must be " + expected(type.getTargetType()) + ".");
            case MismatchedInputException type ->
                Problem.invalidMember(path(fault), "This must be " + expected(type.getTargetType()) + ".");
            case InputCoercionException range
            when !fault.getPath().isEmpty() ->
                Problem.invalidMember(path(fault), "This must be a whole number within its limits.");
            case StreamConstraintsException limits ->
                Problem.badRequest("The body goes beyond a limit: " + Json.MAX_DEPTH
                        + " levels of nesting, 100 digits a number, 1 MiB a document.");
            case UnexpectedEndOfInputException end ->
                Problem.badRequest("The body ends before its JSON does; send all of it.");
            case StreamReadException syntax -> syntax(syntax);
            default -> Problem.badRequest("The body could not be read; send one JSON document in UTF-8.");
        };
        return located(problem, fault.getLocation());
    }

    private static Problem syntax(StreamReadException fault) {
        String message = fault.getOriginalMessage();
        if (message != null && message.startsWith("Duplicate ")) {
            String member = path(fault);
            JsonParser parser = fault.processor();
            String name = parser == null ? null : parser.currentName();
            if (name != null && !member.endsWith(name)) {
                member = cut(member.isEmpty() ? name : member + "." + name);
            }
            return Problem.invalidMember(member, "This member is there twice; send it once.");
        }
        return Problem.badRequest("The body is not JSON (RFC 8259) in UTF-8; see this line and column.");
    }

    private static Problem located(Problem problem, TokenStreamLocation at) {
        if (at == null || at.getLineNr() < 1) {
            return problem;
        }
        return problem.with("line", at.getLineNr()).with("column", at.getColumnNr());
    }

    /** The member's place, for example {@code tools[1].actions[0]}. */
    private static String path(JacksonException fault) {
        StringBuilder path = new StringBuilder();
        for (JacksonException.Reference step : fault.getPath()) {
            if (step.getPropertyName() == null) {
                path.append('[').append(step.getIndex()).append(']');
            } else {
                path.append(path.isEmpty() ? "" : ".").append(step.getPropertyName());
            }
        }
        return cut(path.toString());
    }

    private static String cut(String path) {
        return path.length() <= LONGEST_PATH ? path : path.substring(0, LONGEST_PATH) + "…";
    }

    private static String form(Class<?> target) {
        if (target == String.class) {
            return "A NUL character or half of a surrogate pair is not text.";
        }
        return "This must be " + expected(target) + ".";
    }

    private static String expected(Class<?> target) {
        if (target == null) {
            return "of another type";
        }
        if (target == String.class) {
            return "text";
        }
        if (target == Duration.class) {
            return "a duration in text (ISO 8601, hours at the largest), for example \"PT15M\"";
        }
        if (target == LocalDate.class) {
            return "a day in text, for example \"2027-03-01\"";
        }
        if (target == Boolean.class || target == boolean.class) {
            return "true or false";
        }
        if (target == Integer.class || target == int.class || target == Long.class || target == long.class) {
            return "a whole number";
        }
        if (Collection.class.isAssignableFrom(target)) {
            return "a list";
        }
        return Map.class.isAssignableFrom(target) || target.isRecord() ? "an object" : "of another type";
    }
}
