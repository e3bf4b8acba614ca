package io.errand.broker.introspection;

import io.errand.broker.credential.StatusIndex;
import io.errand.broker.shared.ErrandProperties;
import io.errand.broker.shared.Problem;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.request.WebRequest;

/** {@code GET /oauth2/status/{n}}, and which lists there are. For everybody: a list says nothing of whose an entry is. */
@RestController
@RequestMapping(StatusListEndpoint.PATH)
class StatusListEndpoint {

    static final String PATH = "/oauth2/status";

    private static final MediaType TYPE = MediaType.parseMediaType("application/statuslist+jwt");
    private static final Pattern NUMBER = Pattern.compile("0|[1-9][0-9]{0,3}");
    private static final CacheControl CACHED =
            CacheControl.maxAge(Duration.ofSeconds(StatusIndex.TTL_SECONDS)).cachePublic();

    private final StatusLists lists;
    private final String issuer;

    StatusListEndpoint(StatusLists lists, ErrandProperties errand) {
        this.lists = lists;
        this.issuer = errand.issuer();
    }

    /** Status List Aggregation. */
    @GetMapping
    ResponseEntity<Object> all() {
        List<String> uris = IntStream.range(0, StatusIndex.LISTS)
                .mapToObj(list -> StatusIndex.uri(issuer, list))
                .toList();
        return ResponseEntity.ok()
                .header(HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN, "*")
                .cacheControl(CacheControl.maxAge(Duration.ofHours(1)).cachePublic())
                .contentType(MediaType.APPLICATION_JSON)
                .body(Map.of("status_lists", uris));
    }

    /** @param time a list as it was at another time, which nobody keeps */
    @GetMapping("/{n}")
    @Nullable
    ResponseEntity<Object> list(
            @PathVariable String n,
            @RequestParam(required = false) @Nullable String time,
            @RequestHeader(required = false) @Nullable String accept,
            WebRequest request) {
        if (!NUMBER.matcher(n).matches() || Integer.parseInt(n) >= StatusIndex.LISTS) {
            return Problem.notFound("There is no such status list; " + PATH + " names those that there are.")
                    .response();
        }
        if (time != null) {
            return new Problem(
                            HttpStatus.NOT_IMPLEMENTED,
                            "no-history",
                            "Lists are not kept; leave out time to read the list as it is now.",
                            Map.of())
                    .response();
        }
        if (!isAccepted(accept)) {
            return new Problem(
                            HttpStatus.NOT_ACCEPTABLE,
                            "not-acceptable",
                            "Lists are JWTs: accept " + TYPE + ".",
                            Map.of())
                    .response();
        }
        StatusLists.SignedList list = lists.get(Integer.parseInt(n));
        String token = list.token();
        String tag = "\"" + token.substring(token.lastIndexOf('.') + 1) + "\"";
        if (request.checkNotModified(tag)) {
            return ResponseEntity.status(HttpStatus.NOT_MODIFIED)
                    .eTag(tag)
                    .cacheControl(CACHED)
                    .header(HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN, "*")
                    .build();
        }
        return ResponseEntity.ok()
                .header(HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN, "*")
                .cacheControl(CACHED)
                .eTag(tag)
                .contentType(TYPE)
                .body(token.getBytes(StandardCharsets.US_ASCII));
    }

    /** Whoever says nothing, or what nobody can read, takes what there is. */
    private static boolean isAccepted(@Nullable String accept) {
        try {
            List<MediaType> types = MediaType.parseMediaTypes(accept);
            return types.isEmpty()
                    || types.stream().anyMatch(type -> type.getQualityValue() > 0 && type.includes(TYPE));
        } catch (InvalidMediaTypeException e) {
            return true;
        }
    }
}
