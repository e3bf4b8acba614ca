package io.errand.broker.oauth;

import io.errand.broker.caller.Refusal;
import io.errand.broker.shared.web.Faults;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Enumeration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Stands before the OAuth endpoints: their parameters come from the body alone, read strictly and up to a limit. What is in the
 * query is not a parameter (RFC 6749 §3.2: the client MUST use POST and the body).
 */
final class FormFilter extends OncePerRequestFilter {

    private final OAuthAnswers answers;

    FormFilter(OAuthAnswers answers) {
        this.answers = answers;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        if (!"POST".equals(request.getMethod())) {
            answers.onlyPost(response);
            return;
        }
        if (!isForm(request.getContentType())) {
            answers.refuse(
                    response,
                    Refusal.invalidRequest(
                            "not_a_form", "Send parameters as application/x-www-form-urlencoded in UTF-8."));
            return;
        }
        byte[] body = request.getInputStream().readNBytes(FormParameters.MAX_BYTES + 1);
        if (body.length > FormParameters.MAX_BYTES) {
            answers.refuse(response, Refusal.invalidRequest("body_too_large", "The body has at most 64 KiB."));
            return;
        }
        Optional<Map<String, String[]>> form = FormParameters.read(body);
        if (form.isEmpty()) {
            answers.refuse(
                    response,
                    Refusal.invalidRequest(
                            "form_unreadable",
                            "The body is not a form of at most 100 parameters, percent-encoded in UTF-8."));
            return;
        }
        try {
            chain.doFilter(new WithForm(request, form.get()), response);
        } catch (RuntimeException fault) {
            if (response.isCommitted()) {
                throw fault;
            }
            answers.fault(response, Faults.of(fault));
        }
    }

    private static boolean isForm(@Nullable String contentType) {
        if (contentType == null) {
            return false;
        }
        try {
            MediaType type = MediaType.parseMediaType(contentType);
            return type.equalsTypeAndSubtype(MediaType.APPLICATION_FORM_URLENCODED)
                    && (type.getCharset() == null || StandardCharsets.UTF_8.equals(type.getCharset()));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static final class WithForm extends HttpServletRequestWrapper {

        private final Map<String, String[]> form;

        WithForm(HttpServletRequest request, Map<String, String[]> form) {
            super(request);
            this.form = form;
        }

        @Override
        public @Nullable String getParameter(String name) {
            String[] values = form.get(name);
            return values == null ? null : values[0];
        }

        @Override
        public Map<String, String[]> getParameterMap() {
            return Collections.unmodifiableMap(form);
        }

        @Override
        public Enumeration<String> getParameterNames() {
            return Collections.enumeration(form.keySet());
        }

        @Override
        public String @Nullable [] getParameterValues(String name) {
            return form.get(name);
        }
    }
}
