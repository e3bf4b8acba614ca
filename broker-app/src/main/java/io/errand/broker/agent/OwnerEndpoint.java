package io.errand.broker.agent;

import io.errand.api.DepartedOwner;
import io.errand.api.OwnerDeparture;
import io.errand.api.OwnerLimits;
import io.errand.api.OwnerLimitsView;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.web.Answers;
import io.errand.broker.shared.web.PageRequest;
import io.errand.broker.shared.web.SortOrder;
import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * {@code /admin/v1/owners}: who is gone of those who answer for agents. Their agents may finish what runs and begin nothing, until
 * somebody else answers for them; and what the agents of one may have. {@code limit} is 1 to 500.
 */
@RestController
@RequestMapping("/admin/v1/owners")
class OwnerEndpoint {

    private final Owners owners;
    private final LimitsOfOwners limits;

    OwnerEndpoint(Owners owners, LimitsOfOwners limits) {
        this.owners = owners;
        this.limits = limits;
    }

    /** What all agents of an owner may have together, and at most each; without any of it there is no limit. */
    @Answers(OwnerLimitsView.class)
    @PostMapping("/limits")
    ResponseEntity<Object> limit(@RequestBody OwnerLimits asked, Principal who) {
        return limits.set(asked, who.getName()).response();
    }

    @Answers(value = OwnerLimitsView.class, page = true)
    @GetMapping("/limits")
    ResponseEntity<Object> limits(
            @RequestParam(required = false) @Nullable String cursor, @RequestParam(defaultValue = "100") int limit) {
        return PageRequest.of(cursor, OwnerEndpoint::decode, limit, PageRequest.MOST, null, SortOrder.ASC)
                .then(asked -> Result.ok(asked.page(
                        limits.list(asked.after() == null ? "" : asked.after(), asked.rows()),
                        last -> encode(Owners.key(last.owner())))))
                .response();
    }

    /** Said again, it changes nothing. */
    @Answers(DepartedOwner.class)
    @PostMapping("/departed")
    ResponseEntity<Object> gone(@RequestBody OwnerDeparture asked, Principal who) {
        return owners.gone(asked, who.getName()).response();
    }

    @Answers(DepartedOwner.class)
    @PostMapping("/returned")
    ResponseEntity<Object> back(@RequestBody OwnerDeparture asked, Principal who) {
        return owners.back(asked, who.getName()).response();
    }

    @Answers(value = DepartedOwner.class, page = true)
    @GetMapping("/departed")
    ResponseEntity<Object> list(
            @RequestParam(required = false) @Nullable String cursor, @RequestParam(defaultValue = "100") int limit) {
        return PageRequest.of(cursor, OwnerEndpoint::decode, limit, PageRequest.MOST, null, SortOrder.ASC)
                .then(asked -> Result.ok(asked.page(
                        owners.list(asked.after() == null ? "" : asked.after(), asked.rows()),
                        last -> encode(Owners.key(last.owner())))))
                .response();
    }

    private static String encode(String owner) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(owner.getBytes(StandardCharsets.UTF_8));
    }

    private static Optional<String> decode(String cursor) {
        try {
            String owner = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
            return !owner.isBlank()
                            && owner.chars().noneMatch(Character::isISOControl)
                            && encode(owner).equals(cursor)
                    ? Optional.of(owner)
                    : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
