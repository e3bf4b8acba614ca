package io.errand.broker.tool;

import io.errand.api.AgentResource;
import io.errand.api.ToolResource;
import io.errand.broker.credential.Backend;
import io.errand.broker.credential.Backends;
import io.errand.broker.credential.ToolBinding;
import io.errand.broker.shared.ErrandProperties;
import io.errand.broker.shared.Names;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.web.Members;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** What a tool must be before it is registered; whether its binding works is its backend's to say. */
@Component
class ToolChecks {

    private static final Set<String> SENSITIVITIES = Set.of("public", "internal", "confidential", "restricted");
    private static final Set<String> DESTINATIONS = Set.of("internal", "partner", "external");
    private static final Set<String> MARKS_ON = Set.of("use", "issue");
    private static final Set<String> KINDS = Set.of("read", "write", "export", "execute", "admin");

    /** So that it fits an index entry. */
    private static final int MAX_LOCATION_BYTES = 2048;

    private final Backends backends;
    private final ErrandProperties errand;
    private final EnvironmentProperties environments;

    ToolChecks(Backends backends, ErrandProperties errand, EnvironmentProperties environments) {
        this.backends = backends;
        this.errand = errand;
        this.environments = environments;
    }

    /**
     * The resource with its defaults, or the first member that is wrong. It may ask the target, which takes seconds.
     *
     * @param probe whether the target makes a credential and ends it again, to see that it can
     */
    Result<ToolResource> check(String name, ToolResource tool, boolean probe) {
        Members members = new Members().head("Tool", tool.kind(), name, tool.name());
        members.check(
                        tool.backend() != null
                                && backends.byName(tool.backend()).isPresent(),
                        "backend",
                        "This is one of: " + backendNames() + ".")
                .names("actions", tool.actions(), 1)
                .oneOf("sensitivity", tool.sensitivity(), SENSITIVITIES)
                .name("environment", tool.environment())
                .check(
                        environments.environments().contains(String.valueOf(tool.environment())),
                        "environment",
                        "This is one of errand.environments: " + String.join(", ", environments.environments()) + ".")
                .names("labels", tool.labels(), 0)
                .duration("max_ttl", tool.maxTtl(), Duration.ofSeconds(1), Duration.ofDays(1));
        if (tool.destination() != null) {
            members.oneOf("destination", tool.destination(), DESTINATIONS);
        }
        if (tool.marksOn() != null) {
            members.oneOf("marks_on", tool.marksOn(), MARKS_ON);
        }
        if (tool.tenant() != null) {
            members.text("tenant", tool.tenant(), 255);
        }
        datatypes(members, tool.datatypes());
        kinds(members, tool.kinds(), tool.actions());
        locations(members, tool.locations());
        identities(members, tool.identities());
        return members.then(() -> complete(name, tool)).then(complete -> bound(complete, probe));
    }

    private static void datatypes(Members members, @Nullable List<ToolResource.Datatype> datatypes) {
        members.each("datatypes", datatypes, (at, data) -> {
                    members.name(at + ".name", data.name()).names(at + ".labels", data.labels(), 0);
                    if (data.sensitivity() != null) {
                        members.oneOf(at + ".sensitivity", data.sensitivity(), SENSITIVITIES);
                    }
                })
                .distinct("datatypes", datatypes, ToolResource.Datatype::name);
    }

    private static void kinds(Members members, @Nullable Map<String, String> kinds, @Nullable List<String> actions) {
        if (kinds == null) {
            return;
        }
        members.check(
                actions != null && actions.containsAll(kinds.keySet()),
                "kinds",
                "Every member is one of the tool's actions.");
        kinds.forEach((action, kind) -> members.oneOf("kinds." + action, kind, KINDS));
    }

    private void locations(Members members, @Nullable List<String> locations) {
        members.each(
                        "locations",
                        locations,
                        (at, location) -> members.check(
                                        isAbsolute(location),
                                        at,
                                        "This is an absolute URI without fragment, of at most " + MAX_LOCATION_BYTES
                                                + " bytes.")
                                .check(
                                        !location.startsWith(errand.issuer() + "/tools/"),
                                        at,
                                        "Addresses under this service's own /tools/ mean tools by their names; leave it out."))
                .distinct("locations", locations, location -> location);
    }

    private static boolean isAbsolute(String location) {
        try {
            URI uri = new URI(location);
            return uri.isAbsolute()
                    && uri.getRawFragment() == null
                    && location.getBytes(StandardCharsets.UTF_8).length <= MAX_LOCATION_BYTES;
        } catch (URISyntaxException e) {
            return false;
        }
    }

    private static void identities(Members members, @Nullable List<AgentResource.Identity> identities) {
        members.each(
                        "identities",
                        identities,
                        (at, identity) -> members.name(at + ".issuer", identity.issuer())
                                .check(
                                        identity.subjectPrefix() == null,
                                        at + ".subject_prefix",
                                        "The identities of a tool are exact: use subject.")
                                .text(at + ".subject", identity.subject(), Names.MAX_SUBJECT_BYTES))
                .distinct("identities", identities, identity -> identity);
    }

    private Result<ToolResource> bound(ToolResource tool, boolean probe) {
        Backend backend =
                backends.byName(Objects.requireNonNull(tool.backend())).orElseThrow();
        ToolBinding toolBinding = new ToolBinding(
                Objects.requireNonNull(tool.name()),
                Objects.requireNonNull(tool.actions()),
                Objects.requireNonNull(tool.config()));
        List<Backend.BindingProblem> problems = backend.check(toolBinding);
        if (problems.isEmpty() && probe) {
            problems = backend.probe(toolBinding);
        }
        return problems.isEmpty() ? Result.ok(tool) : Result.refused(problem(problems.getFirst()));
    }

    private static Problem problem(Backend.BindingProblem problem) {
        String member = problem.member().isEmpty() ? "config" : "config." + problem.member();
        return problem.silent()
                ? Problem.unavailable(problem.detail()).with("member", member)
                : Problem.invalidMember(member, problem.detail());
    }

    private String backendNames() {
        return String.join(
                ", ", backends.all().stream().map(Backend::name).sorted().toList());
    }

    private static ToolResource complete(String name, ToolResource tool) {
        return new ToolResource(
                "Tool",
                name,
                tool.backend(),
                tool.actions(),
                tool.sensitivity(),
                tool.environment(),
                tool.destination() == null ? "internal" : tool.destination(),
                orNone(tool.labels()),
                tool.marksOn() == null ? "use" : tool.marksOn(),
                orNone(tool.datatypes()),
                tool.kinds() == null ? Map.of() : tool.kinds(),
                tool.tenant(),
                orNone(tool.locations()),
                orNone(tool.identities()),
                tool.maxTtl(),
                tool.config() == null ? Map.of() : tool.config());
    }

    private static <T> List<T> orNone(@Nullable List<T> list) {
        return list == null ? List.of() : list;
    }
}
