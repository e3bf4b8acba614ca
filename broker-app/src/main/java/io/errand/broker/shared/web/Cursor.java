package io.errand.broker.shared.web;

import io.errand.api.Page;
import io.errand.broker.shared.Ids;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

/** A cursor is opaque: base64url of the last id of the page before. */
public final class Cursor {

    private Cursor() {}

    public static String of(String id) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(id.getBytes(StandardCharsets.US_ASCII));
    }

    /** @param found one more than the page has, where there is another page */
    public static <T> Page<T> page(List<T> found, int limit, Function<T, String> id) {
        List<T> page = found.size() > limit ? found.subList(0, limit) : found;
        return new Page<>(page, found.size() > limit ? of(id.apply(page.getLast())) : null);
    }

    public static Optional<UUID> read(String cursor) {
        try {
            String id = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.US_ASCII);
            return of(id).equals(cursor) ? Ids.parse(id) : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
