package io.errand.broker.policy.registry;

import io.errand.api.Page;
import io.errand.api.PolicyActivation;
import io.errand.api.PolicyResource;
import io.errand.api.PolicyVersionView;
import io.errand.broker.shared.Names;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.web.Answers;
import io.errand.broker.shared.web.PageRequest;
import io.errand.broker.shared.web.ResourceEndpoint;
import io.errand.broker.shared.web.Resources.Versioned;
import io.errand.broker.shared.web.SortOrder;
import java.security.Principal;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Policy sets for administrators. */
@RestController
@RequestMapping("/admin/v1/policies")
class PolicyEndpoint extends ResourceEndpoint<PolicyResource> {

    private final PolicyRegistry registry;

    PolicyEndpoint(PolicyRegistry registry) {
        super(registry);
        this.registry = registry;
    }

    /** Any version that ever was, also of a set that was deleted. */
    @GetMapping(path = "/{name}", params = "version")
    ResponseEntity<Object> get(@PathVariable String name, @RequestParam int version) {
        return registry.find(name, version)
                .map(found ->
                        ResponseEntity.ok().eTag("\"" + found.version() + "\"").<Object>body(found.resource()))
                .orElseGet(() -> Problem.notFound("There is no such version of this policy.")
                        .response());
    }

    /** Newest first unless {@code order} says otherwise; {@code cursor} is the version number of the last one of the page before. */
    @Answers(value = PolicyVersionView.class, page = true)
    @GetMapping("/{name}/versions")
    ResponseEntity<Object> versions(
            @PathVariable String name,
            @RequestParam(required = false) @Nullable Integer cursor,
            @RequestParam(defaultValue = "100") int limit,
            @RequestParam(required = false) @Nullable String order) {
        return PageRequest.of(
                        cursor == null ? null : cursor.toString(),
                        number -> Optional.ofNullable(cursor),
                        limit,
                        PageRequest.MOST,
                        order,
                        SortOrder.DESC)
                .then(asked -> page(name, asked))
                .response();
    }

    private Result<Page<PolicyVersionView>> page(String name, PageRequest<Integer> asked) {
        List<PolicyVersionView> found = Names.check(name).isPresent()
                ? List.of()
                : registry.versions(name, asked.after(), asked.rows(), asked.order());
        if (found.isEmpty() && asked.after() == null) {
            return Result.refused(Problem.notFound("There never was a policy of that name."));
        }
        return Result.ok(asked.page(found, last -> String.valueOf(last.version())));
    }

    /** Puts a draft in force, or goes back to an older version. */
    @Answers(value = PolicyResource.class, refusals = 412)
    @PostMapping("/{name}/activate")
    ResponseEntity<Object> activate(
            @PathVariable String name,
            @RequestBody PolicyActivation asked,
            @RequestHeader(name = HttpHeaders.IF_MATCH, required = false) @Nullable String ifMatch,
            Principal who) {
        if (Names.check(name).isPresent()) {
            return Problem.notFound("There never was a policy of that name.").response();
        }
        Result<Versioned<PolicyResource>> done =
                version(ifMatch).then(expected -> registry.activate(name, asked, expected.orElse(null), who.getName()));
        return switch (done) {
            case Result.Refused<Versioned<PolicyResource>>(Problem problem) -> problem.response();
            case Result.Ok<Versioned<PolicyResource>>(Versioned<PolicyResource> now) ->
                ResponseEntity.ok().eTag("\"" + now.version() + "\"").body(now.resource());
        };
    }
}
