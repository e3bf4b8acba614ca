package io.errand.broker.tasktype;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Text with members of a task's context in it: {@code Match invoice {invoice} to its order}.
 *
 * @param texts what stands around the members, one more than there are
 * @param members their names, in the order of the text
 */
public record PurposeTemplate(List<String> texts, List<String> members) {

    /** Empty: a brace is not the beginning or the end of a member's name. */
    static Optional<PurposeTemplate> parse(String text) {
        List<String> texts = new ArrayList<>();
        List<String> members = new ArrayList<>();
        int from = 0;
        for (int open = text.indexOf('{'); open >= 0; open = text.indexOf('{', from)) {
            int close = text.indexOf('}', open);
            if (close < open + 2) {
                return Optional.empty();
            }
            texts.add(text.substring(from, open));
            members.add(text.substring(open + 1, close));
            from = close + 1;
        }
        texts.add(text.substring(from));
        boolean stray = texts.stream().anyMatch(part -> part.indexOf('}') >= 0)
                || members.stream().anyMatch(name -> name.indexOf('{') >= 0);
        return stray ? Optional.empty() : Optional.of(new PurposeTemplate(texts, members));
    }

    /** @param context has every member */
    public String of(Map<String, Object> context) {
        StringBuilder purpose = new StringBuilder(texts.getFirst());
        for (int i = 0; i < members.size(); i++) {
            purpose.append(context.get(members.get(i))).append(texts.get(i + 1));
        }
        return purpose.toString();
    }
}
