package io.errand.broker.exchange;

import io.errand.broker.shared.Epoch;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * {@code POST /oauth2/introspect} (RFC 7662) and {@code POST /oauth2/revoke} (RFC 7009). Callers are tools and agents by their
 * workload tokens, not clients with secrets, which is why the framework's own providers do not serve here.
 */
@RestController
class TokenStateEndpoints {

    private static final int MAX_TOKEN = 32 * 1024;

    private final Requesters requesters;
    private final Introspection introspection;
    private final SignedIntrospection signed;
    private final Revocation revocation;
    private final Epoch epoch;
    private final OAuthAnswers answers;

    TokenStateEndpoints(
            Requesters requesters,
            Introspection introspection,
            SignedIntrospection signed,
            Revocation revocation,
            Epoch epoch,
            OAuthAnswers answers) {
        this.requesters = requesters;
        this.introspection = introspection;
        this.signed = signed;
        this.revocation = revocation;
        this.epoch = epoch;
        this.answers = answers;
    }

    @PostMapping("/oauth2/introspect")
    void introspect(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Step<Answered> step = epoch.supposing(() -> asked(request)
                .then(asked -> Step.pass(new Answered(
                        introspection.answer(asked.token(), asked.hint(), asked.requester()), asked.requester()))));
        switch (step) {
            case Step.Passed<Answered>(Answered(Map<String, Object> answer, Requester requester)) -> {
                if (SignedIntrospection.isWanted(request.getHeader("Accept"))) {
                    answers.writeSigned(response, SignedIntrospection.TYPE, signed.sign(answer, requester));
                } else {
                    answers.write(response, answer);
                }
            }
            case Step.Stopped<Answered>(Refusal refusal) -> answers.refuse(response, refusal);
        }
    }

    @PostMapping("/oauth2/revoke")
    void revoke(HttpServletRequest request, HttpServletResponse response) throws IOException {
        switch (asked(request)) {
            case Step.Passed<Asked>(Asked asked) -> {
                revocation.revoke(asked.token(), asked.requester());
                answers.write(response, Map.of());
            }
            case Step.Stopped<Asked>(Refusal refusal) -> answers.refuse(response, refusal);
        }
    }

    private record Answered(Map<String, Object> answer, Requester requester) {}

    private record Asked(String token, Optional<String> hint, Requester requester) {}

    private Step<Asked> asked(HttpServletRequest request) {
        return requesters.of(request).then(requester -> {
            String[] tokens = request.getParameterMap().getOrDefault("token", new String[0]);
            String[] hints = request.getParameterMap().getOrDefault("token_type_hint", new String[0]);
            return tokens.length != 1 || tokens[0].isEmpty() || tokens[0].length() > MAX_TOKEN || hints.length > 1
                    ? Step.stop(Refusal.invalidRequest(
                            "token_missing", "token is required, once; token_type_hint at most once."))
                    : Step.pass(new Asked(
                            tokens[0], hints.length == 0 ? Optional.empty() : Optional.of(hints[0]), requester));
        });
    }
}
