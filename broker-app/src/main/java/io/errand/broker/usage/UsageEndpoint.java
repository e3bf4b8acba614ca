package io.errand.broker.usage;

import io.errand.api.AgentInstances;
import io.errand.api.AgentUsageView;
import io.errand.api.RightsizingRequest;
import io.errand.api.RightsizingView;
import io.errand.api.UnusedView;
import io.errand.broker.agent.Agent;
import io.errand.broker.agent.Agents;
import io.errand.broker.shared.Names;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.web.Answers;
import java.security.Principal;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** What is used of what may be had. {@code since} is how far back is looked, {@code P1D} to {@code P90D}; absent: {@code P30D}. */
@RestController
class UsageEndpoint {

    private final Agents agents;
    private final AgentUses uses;
    private final Rightsizings rightsizings;
    private final UnusedTables unused;
    private final InstanceTable instances;

    UsageEndpoint(
            Agents agents, AgentUses uses, Rightsizings rightsizings, UnusedTables unused, InstanceTable instances) {
        this.agents = agents;
        this.uses = uses;
        this.rightsizings = rightsizings;
        this.unused = unused;
        this.instances = instances;
    }

    @Answers(AgentUsageView.class)
    @GetMapping("/admin/v1/agents/{name}/usage")
    ResponseEntity<Object> usage(@PathVariable String name, @RequestParam(required = false) @Nullable String since) {
        return named(name)
                .then(agent -> Period.read(since)
                        .then(ago -> Result.ok(uses.of(agent, ago).view())))
                .response();
    }

    /** Its workloads that have tasks now, such as jobs of a pipeline that are one agent by how their subjects begin. */
    @Answers(AgentInstances.class)
    @GetMapping("/admin/v1/agents/{name}/instances")
    ResponseEntity<Object> instances(@PathVariable String name) {
        return named(name).then(agent -> Result.ok(instances.of(agent))).response();
    }

    /**
     * The smallest ceiling that would have sufficed; nothing is proposed by it.
     *
     * @param basis {@code granted} (the default) or {@code used}
     * @param without a tool, or {@code tool:action}, that is taken away beside that, to see what would have failed
     */
    @Answers(RightsizingView.class)
    @GetMapping("/admin/v1/agents/{name}/rightsizing")
    ResponseEntity<Object> rightsizing(
            @PathVariable String name,
            @RequestParam(required = false) @Nullable String since,
            @RequestParam(required = false) @Nullable String basis,
            @RequestParam(defaultValue = "") List<String> without) {
        return named(name)
                .then(agent -> Period.read(since))
                .then(ago -> rightsizings.look(name, ago, basis, without))
                .response();
    }

    /** Proposes it to the agent's owner, a proposal for each tool. */
    @Answers(value = RightsizingView.class, refusals = 409)
    @PostMapping("/admin/v1/agents/{name}/rightsizing")
    ResponseEntity<Object> propose(@PathVariable String name, @RequestBody RightsizingRequest asked, Principal who) {
        return named(name)
                .then(agent -> rightsizings.propose(name, asked, who.getName()))
                .response();
    }

    /** Agents, tools and policies that nobody used in that time. */
    @Answers(UnusedView.class)
    @GetMapping("/admin/v1/unused")
    ResponseEntity<Object> unused(@RequestParam(required = false) @Nullable String since) {
        return Period.read(since).then(ago -> Result.ok(unused.since(ago))).response();
    }

    private Result<Agent> named(String name) {
        return Names.check(name)
                .map(Result::<Agent>refused)
                .orElseGet(() -> agents.byName(name)
                        .map(Result::ok)
                        .orElseGet(() -> Result.refused(Problem.notFound("There is no '" + name + "'."))));
    }
}
