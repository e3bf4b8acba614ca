package io.errand.broker.key;

import io.errand.api.KeyRotationRequest;
import io.errand.api.KeyView;
import io.errand.api.Page;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.web.Answers;
import io.errand.broker.shared.web.SortOrder;
import java.security.Principal;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** {@code /admin/v1/keys}: which keys there are, newest first, and a new one before its time. */
@RestController
@RequestMapping("/admin/v1/keys")
class KeyEndpoint {

    private static final List<String> ALGORITHMS = List.of("ES256", "RS256");

    private final SigningKeyRows rows;
    private final KeyRotation rotation;

    KeyEndpoint(SigningKeyRows rows, KeyRotation rotation) {
        this.rows = rows;
        this.rotation = rotation;
    }

    @Answers(value = KeyView.class, page = true)
    @GetMapping
    ResponseEntity<Object> list(@RequestParam(required = false) @Nullable String order) {
        return SortOrder.of(order, SortOrder.DESC)
                .then(way -> Result.ok(new Page<>(
                        way == SortOrder.DESC ? rows.all() : rows.all().reversed(), null)))
                .response();
    }

    @Answers(value = KeyView.class, page = true)
    @PostMapping("/rotate")
    ResponseEntity<Object> rotate(@RequestBody(required = false) @Nullable KeyRotationRequest wanted, Principal who) {
        String alg = wanted == null ? null : wanted.alg();
        if (alg != null && !ALGORITHMS.contains(alg)) {
            return Problem.invalidMember("alg", "alg is ES256 or RS256, or absent.")
                    .response();
        }
        boolean immediately = wanted != null && Boolean.TRUE.equals(wanted.immediately());
        List<String> algs = alg == null ? inUse() : List.of(alg);
        return ResponseEntity.ok(new Page<>(rotation.rotate(algs, immediately, who.getName()), null));
    }

    /** ES256 is always in use, though its first key is only made when it is needed. */
    private List<String> inUse() {
        return Stream.concat(Stream.of("ES256"), rows.all().stream().map(KeyView::alg))
                .distinct()
                .sorted()
                .toList();
    }
}
