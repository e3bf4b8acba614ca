package io.errand.broker.shared.web;

import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletRequest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.springframework.security.authorization.AuthorizationManager;
import org.springframework.security.core.Authentication;
import org.springframework.security.web.AuthenticationEntryPoint;
import org.springframework.security.web.DefaultSecurityFilterChain;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.access.AccessDeniedHandler;
import org.springframework.security.web.access.ExceptionTranslationFilter;
import org.springframework.security.web.access.intercept.AuthorizationFilter;
import org.springframework.security.web.context.RequestAttributeSecurityContextRepository;
import org.springframework.security.web.context.SecurityContextHolderFilter;
import org.springframework.security.web.header.HeaderWriter;
import org.springframework.security.web.header.HeaderWriterFilter;
import org.springframework.security.web.header.writers.CacheControlHeadersWriter;
import org.springframework.security.web.header.writers.HstsHeaderWriter;
import org.springframework.security.web.header.writers.XContentTypeOptionsHeaderWriter;
import org.springframework.security.web.header.writers.XXssProtectionHeaderWriter;
import org.springframework.security.web.header.writers.frameoptions.XFrameOptionsHeaderWriter;
import org.springframework.security.web.savedrequest.NullRequestCache;
import org.springframework.security.web.servlet.util.matcher.PathPatternRequestMatcher;
import org.springframework.security.web.servletapi.SecurityContextHolderAwareRequestFilter;
import org.springframework.security.web.util.matcher.AnyRequestMatcher;
import org.springframework.security.web.util.matcher.OrRequestMatcher;
import org.springframework.security.web.util.matcher.RequestMatcher;

/**
 * A filter chain for requests that have no session, no cookie and no form to sign in by: the filters of Spring Security that these
 * need, with the headers that {@code HttpSecurity} writes by default. {@code HttpSecurity} adds filters for sessions, saved requests
 * and anonymous callers to each request, and some 30 ms of processor time for each chain to the start.
 */
public final class StatelessChain {

    private final RequestMatcher requests;
    private final List<HeaderWriter> headers = new ArrayList<>(List.of(
            new XContentTypeOptionsHeaderWriter(),
            new XXssProtectionHeaderWriter(),
            new CacheControlHeadersWriter(),
            new HstsHeaderWriter(),
            new XFrameOptionsHeaderWriter(XFrameOptionsHeaderWriter.XFrameOptionsMode.DENY)));
    private final List<Filter> filters = new ArrayList<>();

    private StatelessChain(RequestMatcher requests) {
        this.requests = requests;
    }

    /** @param patterns of paths, as {@link PathPatternRequestMatcher} reads them */
    public static StatelessChain of(String... patterns) {
        return of(paths(patterns));
    }

    public static StatelessChain of(RequestMatcher requests) {
        return new StatelessChain(requests);
    }

    /** For the requests that no chain before it took. */
    public static StatelessChain ofOthers() {
        return of(AnyRequestMatcher.INSTANCE);
    }

    public static RequestMatcher paths(String... patterns) {
        return new OrRequestMatcher(Arrays.stream(patterns)
                .<RequestMatcher>map(
                        pattern -> PathPatternRequestMatcher.withDefaults().matcher(pattern))
                .toList());
    }

    public StatelessChain header(HeaderWriter writer) {
        headers.add(writer);
        return this;
    }

    /** Filters that know nobody yet, in this order; all that they answer has the headers. */
    public StatelessChain filters(Filter... inOrder) {
        filters.addAll(List.of(inOrder));
        return this;
    }

    /**
     * Only for whom {@code authentication} knows, who is the request's user from then on, and may do what {@code allowed} says.
     *
     * @param unknown answers whoever is nobody
     * @param denied answers whoever may not
     */
    public StatelessChain authenticated(
            Filter authentication,
            AuthorizationManager<HttpServletRequest> allowed,
            AuthenticationEntryPoint unknown,
            AccessDeniedHandler denied) {
        SecurityContextHolderAwareRequestFilter user = new SecurityContextHolderAwareRequestFilter();
        user.setRolePrefix("");
        ExceptionTranslationFilter refusals = new ExceptionTranslationFilter(unknown, new NullRequestCache());
        refusals.setAccessDeniedHandler(denied);
        return filters(
                new SecurityContextHolderFilter(new RequestAttributeSecurityContextRepository()),
                user,
                refusals,
                authentication,
                new AuthorizationFilter((who, request) -> {
                    Authentication known = who.get(); // whoever is nobody is told so, even where nobody may do it
                    return allowed.authorize(() -> known, request);
                }));
    }

    public SecurityFilterChain build() {
        List<Filter> all = new ArrayList<>(filters);
        all.addFirst(new HeaderWriterFilter(headers));
        return new DefaultSecurityFilterChain(requests, all);
    }
}
