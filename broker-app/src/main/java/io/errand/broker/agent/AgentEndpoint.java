package io.errand.broker.agent;

import io.errand.api.AgentActivation;
import io.errand.api.AgentHistoryEntry;
import io.errand.api.AgentResource;
import io.errand.api.AgentReviewRequest;
import io.errand.api.AgentReviewView;
import io.errand.api.AgentTransfer;
import io.errand.api.AgentTransition;
import io.errand.broker.shared.Names;
import io.errand.broker.shared.Person;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.web.Answers;
import io.errand.broker.shared.web.Cursor;
import io.errand.broker.shared.web.PageRequest;
import io.errand.broker.shared.web.Resources;
import io.errand.broker.shared.web.SortOrder;
import io.errand.broker.shared.web.StoredResources;
import java.security.Principal;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping("/admin/v1/agents")
class AgentEndpoint extends StoredResources<AgentResource> {

    private final AgentRegistry agents;
    private final AgentLifecycle lifecycle;
    private final Activations activations;
    private final AgentHistory history;
    private final AgentReviews reviews;

    AgentEndpoint(
            AgentRegistry agents,
            AgentLifecycle lifecycle,
            Activations activations,
            AgentHistory history,
            AgentReviews reviews) {
        super(agents);
        this.activations = activations;
        this.agents = agents;
        this.lifecycle = lifecycle;
        this.history = history;
        this.reviews = reviews;
    }

    /**
     * Creates or replaces.
     *
     * @param revoke whether tasks that go on by an identity which is taken from the agent are ended; otherwise they make it a
     *     conflict
     * @param allowMissing whether issuers, tools, actions and agents may be named that are not registered yet
     * @param announced agents that are registered next, which {@code delegates_to} may name already
     */
    @PutMapping("/{name}")
    ResponseEntity<Object> put(
            @PathVariable String name,
            @RequestBody AgentResource resource,
            @RequestParam(defaultValue = "false") boolean revoke,
            @RequestParam(name = "allow_missing", defaultValue = "false") boolean allowMissing,
            @RequestParam(defaultValue = "") Set<String> announced,
            @RequestHeader(name = HttpHeaders.IF_MATCH, required = false) @Nullable String ifMatch,
            Principal who) {
        return save(
                name,
                ifMatch,
                expected -> agents.put(
                        name,
                        resource,
                        new Resources.Change(expected, revoke, allowMissing, announced, who.getName())));
    }

    /** From draft or suspended. The tools of a draft are probed first; 409 with {@code probes} if one does not work. */
    @Answers(AgentHistoryEntry.class)
    @PostMapping("/{name}/activate")
    ResponseEntity<Object> activate(@PathVariable String name, @RequestBody AgentActivation asked, Principal who) {
        return named(name)
                .then(known -> activations.activate(known, asked, who.getName()))
                .response();
    }

    /** It gets nothing, and its live leases and what it handed on end, until it is activated again. An operator may. */
    @Answers(AgentHistoryEntry.class)
    @PostMapping("/{name}/suspend")
    ResponseEntity<Object> suspend(@PathVariable String name, @RequestBody AgentTransition asked, Principal who) {
        return move(name, AgentTransitions.SUSPEND, asked, who);
    }

    /** For good. */
    @Answers(AgentHistoryEntry.class)
    @PostMapping("/{name}/retire")
    ResponseEntity<Object> retire(@PathVariable String name, @RequestBody AgentTransition asked, Principal who) {
        return move(name, AgentTransitions.RETIRE, asked, who);
    }

    /** Somebody else answers for it; nothing that lives changes. */
    @Answers(AgentHistoryEntry.class)
    @PostMapping("/{name}/transfer")
    ResponseEntity<Object> transfer(@PathVariable String name, @RequestBody AgentTransfer asked, Principal who) {
        return named(name)
                .then(known -> lifecycle.transfer(known, asked, who.getName()))
                .response();
    }

    /** What was done with it, by whom and why, the newest first; of a deleted one too. */
    @Answers(value = AgentHistoryEntry.class, page = true)
    @GetMapping("/{name}/history")
    ResponseEntity<Object> history(
            @PathVariable String name,
            @RequestParam(required = false) @Nullable String cursor,
            @RequestParam(defaultValue = "100") int limit,
            @RequestParam(required = false) @Nullable String order) {
        return named(name)
                .then(known -> PageRequest.of(cursor, Cursor::read, limit, PageRequest.MOST, order, SortOrder.DESC)
                        .then(asked -> Result.ok(asked.page(
                                history.list(known, asked.after(), asked.rows(), asked.order()),
                                entry -> Cursor.of(entry.id())))))
                .response();
    }

    /** What its owner is to look at, and how they answered last. */
    @Answers(AgentReviewView.class)
    @GetMapping("/{name}/review")
    ResponseEntity<Object> review(@PathVariable String name) {
        return named(name).then(reviews::show).response();
    }

    /** Its owner says, by the digest of what was shown, that it may go on until another day. */
    @Answers(AgentReviewView.class)
    @PostMapping("/{name}/review")
    ResponseEntity<Object> recertify(
            @PathVariable String name, @RequestBody AgentReviewRequest asked, @AuthenticationPrincipal Person who) {
        return named(name).then(known -> reviews.recertify(known, asked, who)).response();
    }

    private ResponseEntity<Object> move(
            String name, AgentTransitions transition, AgentTransition asked, Principal who) {
        return named(name)
                .then(known -> lifecycle.move(known, transition, asked, who.getName()))
                .response();
    }

    private static Result<String> named(String name) {
        return Names.check(name).map(Result::<String>refused).orElseGet(() -> Result.ok(name));
    }
}
