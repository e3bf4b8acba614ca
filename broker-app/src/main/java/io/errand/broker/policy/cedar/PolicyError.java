package io.errand.broker.policy.cedar;

import io.errand.broker.shared.Problem;
import java.util.Map;
import org.springframework.http.HttpStatus;

/**
 * Why a text is not accepted as policy, and where.
 *
 * @param line from 1
 * @param column from 1, in characters
 */
public record PolicyError(int line, int column, String message) {

    static PolicyError at(String text, int place, String message) {
        int line = 1;
        int lineStart = 0;
        for (int i = text.indexOf('\n'); i >= 0 && i < place; i = text.indexOf('\n', i + 1)) {
            line++;
            lineStart = i + 1;
        }
        return new PolicyError(line, text.codePointCount(lineStart, place) + 1, message);
    }

    public Problem problem() {
        return new Problem(
                        HttpStatus.UNPROCESSABLE_CONTENT,
                        "invalid-policy",
                        "Line " + line + ", column " + column + ": " + message,
                        Map.of())
                .with("line", line)
                .with("column", column);
    }
}
