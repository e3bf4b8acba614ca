package io.errand.broker.discovery;

import io.errand.api.DiscoveredIgnore;
import io.errand.api.DiscoveredRegistration;
import io.errand.api.DiscoveredView;
import io.errand.broker.shared.web.Answers;
import io.errand.broker.shared.web.SensitiveList;
import java.security.Principal;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * {@code /admin/v1/discovered}: what nobody registered, the newest first, by {@code kind} and {@code state}; {@code limit} is 1 to 500, by
 * default 100.
 */
@RestController
@RequestMapping("/admin/v1/discovered")
class DiscoveredEndpoint {

    private final Discoveries discoveries;
    private final TargetLogins logins;

    DiscoveredEndpoint(Discoveries discoveries, TargetLogins logins) {
        this.discoveries = discoveries;
        this.logins = logins;
    }

    @Answers(value = DiscoveredView.class, page = true)
    @SensitiveList("discovered")
    @GetMapping
    ResponseEntity<Object> list(
            @RequestParam(required = false) @Nullable String kind,
            @RequestParam(required = false) @Nullable String state,
            @RequestParam(required = false) @Nullable String cursor,
            @RequestParam(defaultValue = "100") int limit,
            @RequestParam(required = false) @Nullable String order) {
        return discoveries.page(kind, state, cursor, limit, order).response();
    }

    /** Looks at the targets now, as is done each hour. */
    @Answers(value = Void.class, status = 204)
    @PostMapping
    ResponseEntity<Object> look() {
        logins.look();
        return ResponseEntity.noContent().build();
    }

    @Answers(DiscoveredView.class)
    @GetMapping("/{id}")
    ResponseEntity<Object> get(@PathVariable String id) {
        return discoveries.find(id).response();
    }

    /** Makes a draft agent of an identity, which nobody else can have then; of a login, says who answers for it. */
    @Answers(value = DiscoveredView.class, refusals = 409)
    @PostMapping("/{id}/register")
    ResponseEntity<Object> register(@PathVariable String id, @RequestBody DiscoveredRegistration asked, Principal who) {
        return discoveries.register(id, asked, who.getName()).response();
    }

    @Answers(value = DiscoveredView.class, refusals = 409)
    @PostMapping("/{id}/ignore")
    ResponseEntity<Object> ignore(@PathVariable String id, @RequestBody DiscoveredIgnore asked, Principal who) {
        return discoveries.ignore(id, asked, who.getName()).response();
    }
}
