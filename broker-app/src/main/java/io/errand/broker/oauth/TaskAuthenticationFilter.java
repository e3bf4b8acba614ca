package io.errand.broker.oauth;

import io.errand.broker.audit.Audit;
import io.errand.broker.audit.AuditEvent;
import io.errand.broker.caller.GrantStep;
import io.errand.broker.caller.ProofOfPossession;
import io.errand.broker.caller.Refusal;
import io.errand.broker.caller.TaskTokens;
import io.errand.broker.identity.KeyBinding;
import io.errand.broker.identity.possession.PossessionProofs;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.web.Problems;
import io.errand.broker.shared.web.ResourceMetadata;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.http.HttpStatus;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.web.AuthenticationEntryPoint;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Authenticates a task token: as a bearer token (RFC 6750 §2.1), or with DPoP where it is bound to a key (RFC 9449 §7.1). A
 * bound token without its key is refused and recorded, since it may be stolen.
 */
final class TaskAuthenticationFilter extends OncePerRequestFilter {

    /** RFC 9110 §11.4, token68. */
    private static final Pattern AUTHORIZATION = Pattern.compile("(?i:(bearer|dpop)) +([A-Za-z0-9._~+/-]{1,16384}=*)");

    private static final String ALGORITHMS = String.join(" ", PossessionProofs.ALGORITHMS);

    private final Function<TaskTokens.Live, Authentication> caller;
    private final TaskTokens taskTokens;
    private final ProofOfPossession proofOfPossession;
    private final ResourceMetadata metadata;
    private final Audit audit;

    /** @param caller what whoever stands in it is to those behind */
    TaskAuthenticationFilter(
            Function<TaskTokens.Live, Authentication> caller,
            TaskTokens taskTokens,
            ProofOfPossession proofOfPossession,
            ResourceMetadata metadata,
            Audit audit) {
        this.caller = caller;
        this.taskTokens = taskTokens;
        this.proofOfPossession = proofOfPossession;
        this.metadata = metadata;
        this.audit = audit;
    }

    /** What the caller is told (RFC 6750 §3, RFC 9449 §7.1), and what the log is. */
    private record Challenge(boolean isDpop, String error, String reason, Optional<TaskTokens.Live> live) {}

    private record Bearing(boolean isDpop, String token) {}

    private sealed interface Entry {

        record Open(TaskTokens.Live live) implements Entry {}

        record Shut(Challenge challenge) implements Entry {}
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        List<String> headers = Collections.list(request.getHeaders("Authorization"));
        if (headers.isEmpty()) {
            chain.doFilter(request, response);
            return;
        }
        switch (entry(headers, request)) {
            case Entry.Open(TaskTokens.Live live) -> {
                SecurityContext context = SecurityContextHolder.createEmptyContext();
                context.setAuthentication(caller.apply(live));
                SecurityContextHolder.setContext(context);
                chain.doFilter(request, response);
            }
            case Entry.Shut(Challenge challenge) -> refuse(challenge, request, response);
        }
    }

    private Entry entry(List<String> headers, HttpServletRequest request) {
        Optional<Bearing> bearing = headers.size() == 1 ? bearing(headers.getFirst()) : Optional.empty();
        if (bearing.isEmpty()) {
            return shut(false, "invalid_token", "authorization_malformed", Optional.empty());
        }
        Optional<TaskTokens.Live> live = taskTokens.current(bearing.get().token());
        if (live.isEmpty()) {
            return shut(bearing.get().isDpop(), "invalid_token", "task_token_invalid", live);
        }
        return entry(live.get(), bearing.get(), request);
    }

    private Entry entry(TaskTokens.Live live, Bearing bearing, HttpServletRequest request) {
        boolean needsProof = live.binding().isPresent() && live.binding().get().method() == KeyBinding.Method.DPOP;
        if (needsProof != bearing.isDpop()) {
            // RFC 9449 §7.2: a bound token is no bearer token; and RFC 9449 §7.1: an unbound one is nothing else.
            return shut(needsProof, "invalid_token", "binding_mismatch", Optional.of(live));
        }
        if (live.binding().isEmpty()) {
            return new Entry.Open(live);
        }
        GrantStep<TaskTokens.Live> grantStep = (bearing.isDpop()
                        ? proofOfPossession.check(proofOfPossession.read(request), bearing.token())
                        : GrantStep.pass(proofOfPossession.certified(request)))
                .then(held -> held.includes(live.binding().get())
                        ? proofOfPossession.once(held, live)
                        : GrantStep.stop(Refusal.untrusted("binding_mismatch", "the key is not shown")));
        return switch (grantStep) {
            case GrantStep.Passed<TaskTokens.Live>(TaskTokens.Live shown) -> new Entry.Open(shown);
            case GrantStep.Stopped<TaskTokens.Live>(Refusal refusal) ->
                shut(
                        bearing.isDpop(),
                        refusal.code().equals("invalid_request") ? "invalid_token" : refusal.code(),
                        refusal.reason(),
                        Optional.of(live));
        };
    }

    private static Optional<Bearing> bearing(String header) {
        Matcher matcher = AUTHORIZATION.matcher(header);
        return matcher.matches()
                ? Optional.of(new Bearing(matcher.group(1).equalsIgnoreCase("dpop"), matcher.group(2)))
                : Optional.empty();
    }

    private static Entry shut(boolean isDpop, String error, String reason, Optional<TaskTokens.Live> live) {
        return new Entry.Shut(new Challenge(isDpop, error, reason, live));
    }

    /** To be told a nonce is no incident; that a token comes without its key is one. */
    private void refuse(Challenge challenge, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        challenge
                .live()
                .filter(live -> !challenge.error().equals("use_dpop_nonce"))
                .ifPresent(live -> audit.recordRefusal(AuditEvent.of("task.token_refused")
                        .agent(live.task().agent())
                        .task(live.task().id())
                        .outcome("denied")
                        .with("reason", challenge.reason())));
        String answer = challenge.isDpop()
                ? "DPoP error=\"" + challenge.error() + "\", algs=\"" + ALGORITHMS + "\""
                : "Bearer error=\"" + challenge.error() + "\"";
        response.setHeader("WWW-Authenticate", metadata.on(answer, request));
        Problems.write(response, unauthorized(challenge.isDpop()));
    }

    /** RFC 6750 §3.1: no error code where there was no attempt to authenticate. */
    static AuthenticationEntryPoint nothingShown(ResourceMetadata metadata) {
        return (request, response, e) -> {
            response.addHeader("WWW-Authenticate", metadata.on("Bearer", request));
            response.addHeader("WWW-Authenticate", metadata.on("DPoP algs=\"" + ALGORITHMS + "\"", request));
            Problems.write(response, unauthorized(false));
        };
    }

    private static Problem unauthorized(boolean withProof) {
        return new Problem(
                HttpStatus.UNAUTHORIZED,
                "unauthorized",
                withProof
                        ? "Show the task's token with the DPoP scheme and a proof by the key that it is bound to (RFC 9449 section 7.1)."
                        : "Show the task's token as a bearer token (RFC 6750).",
                Map.of());
    }
}
