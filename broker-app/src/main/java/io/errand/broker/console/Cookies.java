package io.errand.broker.console;

import io.errand.broker.shared.ErrandProperties;
import io.errand.broker.shared.Secret;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseCookie;
import org.springframework.security.web.csrf.CookieCsrfTokenRepository;
import org.springframework.stereotype.Component;

/**
 * What a browser keeps. Scripts cannot read it, other sites' forms do not send it, and where the service is spoken to by TLS no
 * other host or path can have set it ({@code __Host-}, RFC 6265bis §4.1.3.2).
 */
@Component
class Cookies {

    private final boolean secure;

    Cookies(ErrandProperties errand) {
        this.secure = errand.issuer().startsWith("https:");
    }

    /** What stands for a session, and what a sign-in that is under way must come back to. */
    enum Kind {
        SESSION("errand-session"),
        SIGN_IN("errand-sign-in"),
        CSRF("errand-csrf");

        private final String name;

        Kind(String name) {
            this.name = name;
        }
    }

    /** Empty too where there are several: one of them somebody else has set. */
    Optional<String> read(HttpServletRequest request, Kind kind) {
        List<String> values = Stream.ofNullable(request.getCookies())
                .flatMap(Stream::of)
                .filter(cookie -> cookie.getName().equals(name(kind)))
                .map(Cookie::getValue)
                .toList();
        return values.size() == 1 ? Optional.of(values.getFirst()) : Optional.empty();
    }

    void set(HttpServletResponse response, Kind kind, Secret value, Duration maxAge) {
        response.addHeader(
                HttpHeaders.SET_COOKIE,
                cookie(kind, value.reveal()).maxAge(maxAge).build().toString());
    }

    void clear(HttpServletResponse response, Kind kind) {
        response.addHeader(
                HttpHeaders.SET_COOKIE, cookie(kind, "").maxAge(0).build().toString());
    }

    /** Lax: a link to an approval in a message opens it, and the administrators' issuer sends people back. */
    private ResponseCookie.ResponseCookieBuilder cookie(Kind kind, String value) {
        return ResponseCookie.from(name(kind), value)
                .httpOnly(true)
                .secure(secure)
                .sameSite("Lax")
                .path("/");
    }

    /** Lax as well: without it, a page that a link in a message opens would get another one, and forms that are open none. */
    CookieCsrfTokenRepository csrf() {
        CookieCsrfTokenRepository tokens = new CookieCsrfTokenRepository();
        tokens.setCookieName(name(Kind.CSRF));
        tokens.setCookiePath("/");
        tokens.setCookieCustomizer(
                cookie -> cookie.httpOnly(true).secure(secure).sameSite("Lax"));
        return tokens;
    }

    private String name(Kind kind) {
        return secure ? "__Host-" + kind.name : kind.name;
    }
}
