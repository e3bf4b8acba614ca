package io.errand.broker.oauth;

import io.errand.broker.caller.GrantStep;
import io.errand.broker.caller.Refusal;
import io.errand.broker.caller.TokenCaller;
import io.errand.broker.caller.TokenCallerAuthentication;
import io.errand.broker.database.RegistryVersion;
import io.errand.broker.introspection.Introspection;
import io.errand.broker.introspection.Revocation;
import io.errand.broker.introspection.SignedIntrospection;
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

    private final TokenCallerAuthentication tokenCallerAuthentication;
    private final Introspection introspection;
    private final SignedIntrospection signed;
    private final Revocation revocation;
    private final RegistryVersion registryVersion;
    private final OAuthAnswers answers;

    TokenStateEndpoints(
            TokenCallerAuthentication tokenCallerAuthentication,
            Introspection introspection,
            SignedIntrospection signed,
            Revocation revocation,
            RegistryVersion registryVersion,
            OAuthAnswers answers) {
        this.tokenCallerAuthentication = tokenCallerAuthentication;
        this.introspection = introspection;
        this.signed = signed;
        this.revocation = revocation;
        this.registryVersion = registryVersion;
        this.answers = answers;
    }

    @PostMapping("/oauth2/introspect")
    void introspect(HttpServletRequest request, HttpServletResponse response) throws IOException {
        GrantStep<Answered> grantStep = registryVersion.supposing(() -> asked(request)
                .map(asked -> new Answered(
                        introspection.answer(asked.token(), asked.hint(), asked.tokenCaller()), asked.tokenCaller())));
        switch (grantStep) {
            case GrantStep.Passed<Answered>(Answered(Map<String, Object> answer, TokenCaller tokenCaller)) -> {
                if (SignedIntrospection.isWanted(request.getHeader("Accept"))) {
                    answers.writeSigned(response, SignedIntrospection.TYPE, signed.sign(answer, tokenCaller));
                } else {
                    answers.write(response, answer);
                }
            }
            case GrantStep.Stopped<Answered>(Refusal refusal) -> answers.refuse(response, refusal);
        }
    }

    @PostMapping("/oauth2/revoke")
    void revoke(HttpServletRequest request, HttpServletResponse response) throws IOException {
        switch (asked(request)) {
            case GrantStep.Passed<Asked>(Asked asked) -> {
                revocation.revoke(asked.token(), asked.tokenCaller());
                answers.write(response, Map.of());
            }
            case GrantStep.Stopped<Asked>(Refusal refusal) -> answers.refuse(response, refusal);
        }
    }

    private record Answered(Map<String, Object> answer, TokenCaller tokenCaller) {}

    private record Asked(String token, Optional<String> hint, TokenCaller tokenCaller) {}

    private GrantStep<Asked> asked(HttpServletRequest request) {
        return tokenCallerAuthentication.of(request).then(tokenCaller -> {
            String[] tokens = request.getParameterMap().getOrDefault("token", new String[0]);
            String[] hints = request.getParameterMap().getOrDefault("token_type_hint", new String[0]);
            return tokens.length != 1 || tokens[0].isEmpty() || tokens[0].length() > MAX_TOKEN || hints.length > 1
                    ? GrantStep.stop(Refusal.invalidRequest(
                            "token_missing", "token is required, once; token_type_hint at most once."))
                    : GrantStep.pass(new Asked(
                            tokens[0], hints.length == 0 ? Optional.empty() : Optional.of(hints[0]), tokenCaller));
        });
    }
}
