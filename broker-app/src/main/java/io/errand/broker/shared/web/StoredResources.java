package io.errand.broker.shared.web;

import io.errand.api.Page;
import io.errand.broker.shared.Names;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.web.Resources.Versioned;
import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.util.Base64;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestParam;

/**
 * {@code GET}, {@code DELETE} and the list of one kind of resource, and what {@code PUT} does. An {@code ETag} is the row's version in quotes;
 * a stale {@code If-Match} is 412 (RFC 9110 §13.1.1), and so is {@code *} where nothing is. A cursor is opaque: base64url of the last name of the page before.
 */
public abstract class StoredResources<R> {

    private final Resources<R> resources;

    protected StoredResources(Resources<R> resources) {
        this.resources = resources;
    }

    /** What a {@code PUT} answers. */
    protected final ResponseEntity<Object> save(
            String name, R resource, @Nullable String ifMatch, boolean revoke, Principal who) {
        return save(
                name,
                ifMatch,
                expected ->
                        resources.put(name, resource, new Resources.Change(expected, revoke, false, who.getName())));
    }

    /** @param put is told the version that must be there now; null: any, or none */
    protected final ResponseEntity<Object> save(
            String name, @Nullable String ifMatch, Function<@Nullable Long, Result<Versioned<R>>> put) {
        Optional<Problem> badName = Names.check(name);
        if (badName.isPresent()) {
            return badName.get().response();
        }
        boolean existed = resources.find(name).isPresent();
        if (!existed && "*".equals(ifMatch)) {
            return Problem.stale("There is no '" + name + "' to replace; leave If-Match out to create it.")
                    .response();
        }
        Result<Versioned<R>> saved = version(ifMatch).then(expected -> put.apply(expected.orElse(null)));
        return switch (saved) {
            case Result.Refused<Versioned<R>>(Problem problem) -> problem.response();
            case Result.Ok<Versioned<R>>(Versioned<R> now) -> answer(existed ? HttpStatus.OK : HttpStatus.CREATED, now);
        };
    }

    @GetMapping("/{name}")
    public ResponseEntity<Object> get(@PathVariable String name) {
        return find(name)
                .map(found -> answer(HttpStatus.OK, found))
                .orElseGet(() -> noSuch(name).response());
    }

    @GetMapping
    public ResponseEntity<Object> list(
            @RequestParam(required = false) @Nullable String cursor,
            @RequestParam(defaultValue = "100") int limit,
            @RequestParam(required = false) @Nullable String order) {
        return PageRequest.of(cursor, StoredResources::decode, limit, PageRequest.MOST, order, SortOrder.ASC)
                .then(asked -> Result.ok(page(asked)))
                .response();
    }

    private Page<R> page(PageRequest<String> asked) {
        Page<Versioned<R>> page =
                asked.page(resources.list(asked.after(), asked.rows(), asked.order()), last -> encode(last.name()));
        return new Page<>(page.items().stream().map(Versioned::resource).toList(), page.next());
    }

    @DeleteMapping("/{name}")
    public ResponseEntity<Object> delete(
            @PathVariable String name,
            @RequestParam(defaultValue = "false") boolean revoke,
            @RequestHeader(name = HttpHeaders.IF_MATCH, required = false) @Nullable String ifMatch,
            Principal who) {
        if (find(name).isEmpty()) {
            return noSuch(name).response();
        }
        Result<Boolean> deleted =
                version(ifMatch).then(expected -> resources.delete(name, expected.orElse(null), revoke, who.getName()));
        return switch (deleted) {
            case Result.Refused<Boolean>(Problem problem) -> problem.response();
            case Result.Ok<Boolean> ok -> ResponseEntity.noContent().build();
        };
    }

    /** A name that cannot be is not looked for: the database would choke on some. */
    private Optional<Versioned<R>> find(String name) {
        return Names.check(name).isPresent() ? Optional.empty() : resources.find(name);
    }

    private static Problem noSuch(String name) {
        return Problem.notFound(
                Names.check(name).isPresent() ? "There is nothing of that name." : "There is no '" + name + "'.");
    }

    private ResponseEntity<Object> answer(HttpStatus status, Versioned<R> found) {
        return ResponseEntity.status(status).eTag("\"" + found.version() + "\"").body(found.resource());
    }

    /** An absent header asks for nothing in particular, and neither does {@code *} once something is there. */
    protected static Result<Optional<Long>> version(@Nullable String ifMatch) {
        if (ifMatch == null || ifMatch.equals("*")) {
            return Result.ok(Optional.empty());
        }
        if (ifMatch.matches("\"[0-9]{1,18}\"")) {
            return Result.ok(Optional.of(Long.parseLong(ifMatch.substring(1, ifMatch.length() - 1))));
        }
        return Result.refused(Problem.stale("If-Match is not an ETag of this resource; GET it again."));
    }

    private static String encode(String name) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(name.getBytes(StandardCharsets.UTF_8));
    }

    private static Optional<String> decode(String cursor) {
        try {
            String name = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
            return Names.check(name).isEmpty() && encode(name).equals(cursor) ? Optional.of(name) : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
