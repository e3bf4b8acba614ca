package io.errand.broker.directory;

import io.errand.api.Json;
import io.errand.broker.shared.ErrandProperties;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.web.Faults;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.net.URI;
import java.security.Principal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.http.HttpStatus;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * {@code /scim/v2}: a directory pushes its users and groups (RFC 7644). A body has at most 1 MiB and 32 levels. 409 without
 * {@code scimType}: what was asked for waits for an administrator, and nothing was changed.
 */
@RestController
@RequestMapping(ScimEndpoint.PATH)
class ScimEndpoint {

    static final String PATH = "/scim/v2";

    private static final String KINDS = "/{kind:Users|Groups}";

    private static final Pattern KNOWN =
            Pattern.compile(PATH + "/(?:(?:Users|Groups|Schemas|ResourceTypes)(?:/[^/]+)?|ServiceProviderConfig)");

    private static final Problem TOO_LARGE = ScimErrors.plain(
            HttpStatus.CONTENT_TOO_LARGE,
            "The body is larger than 1 MiB; send a large group's members in several requests that add to it.");

    private final Directory directory;
    private final ErrandProperties errand;
    private final ScimDiscovery discovery;

    ScimEndpoint(Directory directory, ErrandProperties errand) {
        this.directory = directory;
        this.errand = errand;
        this.discovery = new ScimDiscovery(errand);
    }

    @PostMapping(KINDS)
    ResponseEntity<Object> create(@PathVariable String kind, HttpServletRequest request, Principal who)
            throws IOException {
        EntryKind of = kind(kind);
        return answer(
                body(request)
                        .then(body -> ScimEdit.whole(of, body))
                        .then(content -> directory.create(of, content, who.getName())),
                request,
                HttpStatus.CREATED);
    }

    @GetMapping(KINDS)
    ResponseEntity<Object> list(@PathVariable String kind, HttpServletRequest request) {
        EntryKind of = kind(kind);
        return switch (query(request, of)) {
            case Result.Refused<ScimQuery>(Problem problem) -> ScimErrors.response(problem);
            case Result.Ok<ScimQuery>(ScimQuery query) -> {
                DirectoryTable.Found found = directory.list(of, query);
                yield ok(ScimResources.list(
                        found.total(),
                        query.startIndex(),
                        found.entries().stream()
                                .map(entry -> ScimResources.of(entry, errand, query))
                                .toList()));
            }
        };
    }

    @GetMapping(KINDS + "/{id}")
    ResponseEntity<Object> get(@PathVariable String kind, @PathVariable String id, HttpServletRequest request) {
        return about(
                kind,
                id,
                known -> directory
                        .find(kind(kind), known)
                        .map(Result::ok)
                        .orElseGet(() -> Result.refused(Directory.none(kind(kind)))),
                request);
    }

    @PutMapping(KINDS + "/{id}")
    ResponseEntity<Object> replace(
            @PathVariable String kind, @PathVariable String id, HttpServletRequest request, Principal who)
            throws IOException {
        Result<JsonNode> body = body(request);
        return about(
                kind,
                id,
                known -> body.then(json -> ScimEdit.whole(kind(kind), json))
                        .then(content ->
                                directory.change(kind(kind), known, entry -> Result.ok(content), who.getName())),
                request);
    }

    @PatchMapping(KINDS + "/{id}")
    ResponseEntity<Object> patch(
            @PathVariable String kind, @PathVariable String id, HttpServletRequest request, Principal who)
            throws IOException {
        Result<JsonNode> body = body(request);
        return about(
                kind,
                id,
                known -> body.then(json ->
                        directory.change(kind(kind), known, entry -> ScimEdit.patched(entry, json), who.getName())),
                request);
    }

    @DeleteMapping(KINDS + "/{id}")
    ResponseEntity<Object> delete(@PathVariable String kind, @PathVariable String id, Principal who) {
        Result<UUID> deleted = Ids.parse(id)
                .map(known -> directory.delete(kind(kind), known, who.getName()))
                .orElseGet(() -> Result.refused(Directory.none(kind(kind))));
        return deleted instanceof Result.Refused<UUID>(Problem problem)
                ? ScimErrors.response(problem)
                : ResponseEntity.noContent().build();
    }

    @GetMapping("/ServiceProviderConfig")
    ResponseEntity<Object> service(HttpServletRequest request) {
        return discovered(request, Optional.of(discovery.service()));
    }

    @GetMapping("/ResourceTypes")
    ResponseEntity<Object> types(HttpServletRequest request) {
        return discovered(request, Optional.of(whole(discovery.types())));
    }

    @GetMapping("/ResourceTypes/{id}")
    ResponseEntity<Object> type(@PathVariable String id, HttpServletRequest request) {
        return discovered(request, discovery.type(id));
    }

    @GetMapping("/Schemas")
    ResponseEntity<Object> schemas(HttpServletRequest request) {
        return discovered(request, Optional.of(whole(discovery.schemas())));
    }

    @GetMapping("/Schemas/{id}")
    ResponseEntity<Object> schema(@PathVariable String id, HttpServletRequest request) {
        return discovered(request, discovery.schema(id));
    }

    /** Whatever no method above takes. */
    @RequestMapping("/**")
    ResponseEntity<Object> nothing(HttpServletRequest request) {
        boolean known = KNOWN.matcher(request.getRequestURI()).matches();
        return ScimErrors.response(ScimErrors.plain(
                known ? HttpStatus.METHOD_NOT_ALLOWED : HttpStatus.NOT_FOUND,
                known
                        ? "This address does not take this method."
                        : "There is nothing here; see /scim/v2/ResourceTypes."));
    }

    @ExceptionHandler(DuplicateKeyException.class)
    ResponseEntity<Object> taken() {
        return ScimErrors.response(
                ScimErrors.typed(HttpStatus.CONFLICT, "uniqueness", "Another User has this userName."));
    }

    @ExceptionHandler(Exception.class)
    ResponseEntity<Object> anythingElse(Exception fault) {
        return ScimErrors.response(Faults.of(fault));
    }

    private static Map<String, Object> whole(List<Map<String, Object>> all) {
        return ScimResources.list(all.size(), 1, all);
    }

    /** What describes the service is not filtered (RFC 7644 §4). */
    private static ResponseEntity<Object> discovered(HttpServletRequest request, Optional<Map<String, Object>> found) {
        if (request.getParameter("filter") != null) {
            return ScimErrors.response(
                    ScimErrors.plain(HttpStatus.FORBIDDEN, "This is not filtered; ask without a filter."));
        }
        return found.map(ScimEndpoint::ok)
                .orElseGet(() -> ScimErrors.response(Problem.notFound("There is none of this id.")));
    }

    private ResponseEntity<Object> about(
            String kind, String id, Function<UUID, Result<DirectoryEntry>> what, HttpServletRequest request) {
        return answer(
                Ids.parse(id).map(what).orElseGet(() -> Result.refused(Directory.none(kind(kind)))),
                request,
                HttpStatus.OK);
    }

    private ResponseEntity<Object> answer(Result<DirectoryEntry> result, HttpServletRequest request, HttpStatus good) {
        return switch (result) {
            case Result.Refused<DirectoryEntry>(Problem problem) -> ScimErrors.response(problem);
            case Result.Ok<DirectoryEntry>(DirectoryEntry entry) ->
                switch (query(request, entry.kind())) {
                    case Result.Refused<ScimQuery>(Problem problem) -> ScimErrors.response(problem);
                    case Result.Ok<ScimQuery>(ScimQuery query) -> {
                        URI location = URI.create(ScimResources.location(entry, errand));
                        ResponseEntity.BodyBuilder answer = ResponseEntity.status(good);
                        yield (good == HttpStatus.CREATED ? answer.location(location) : answer)
                                .contentType(ScimErrors.TYPE)
                                .body(ScimResources.of(entry, errand, query));
                    }
                };
        };
    }

    private static ResponseEntity<Object> ok(Map<String, Object> body) {
        return ResponseEntity.ok().contentType(ScimErrors.TYPE).body(body);
    }

    private static EntryKind kind(String path) {
        return path.equals(EntryKind.USER.path()) ? EntryKind.USER : EntryKind.GROUP;
    }

    private static Result<ScimQuery> query(HttpServletRequest request, EntryKind kind) {
        return new ScimQuery.Parameters(
                        request.getParameter("filter"),
                        request.getParameter("startIndex"),
                        request.getParameter("count"),
                        request.getParameter("attributes"),
                        request.getParameter("excludedAttributes"))
                .read(kind);
    }

    /** {@code application/scim+json}, or JSON (RFC 7644 §3.1, §8.1). */
    private static Result<JsonNode> body(HttpServletRequest request) throws IOException {
        if (!isJson(request.getContentType())) {
            return Result.refused(ScimErrors.plain(
                    HttpStatus.UNSUPPORTED_MEDIA_TYPE, "Send application/scim+json, or application/json."));
        }
        if (request.getContentLengthLong() > Json.MAX_DOCUMENT_BYTES) {
            return Result.refused(TOO_LARGE);
        }
        byte[] body = request.getInputStream().readNBytes(Json.MAX_DOCUMENT_BYTES + 1);
        if (body.length > Json.MAX_DOCUMENT_BYTES) {
            return Result.refused(TOO_LARGE);
        }
        try {
            return Result.ok(Json.mapper().readTree(body));
        } catch (JacksonException e) {
            return Result.refused(ScimErrors.invalid(
                    "invalidSyntax",
                    "The body is one JSON document in UTF-8, of at most " + Json.MAX_DEPTH
                            + " levels, without a member twice."));
        }
    }

    private static boolean isJson(@Nullable String type) {
        try {
            MediaType said = type == null ? null : MediaType.parseMediaType(type);
            return said != null
                    && (said.equalsTypeAndSubtype(ScimErrors.TYPE)
                            || said.equalsTypeAndSubtype(MediaType.APPLICATION_JSON));
        } catch (InvalidMediaTypeException e) {
            return false;
        }
    }
}
