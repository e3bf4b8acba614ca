package io.errand.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.AuthorizationCodes.Asked;
import io.errand.testing.Wire.Answer;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.springframework.web.util.HtmlUtils;

/** Somebody at the pages, as a browser is seen from the service: cookies, forms, redirects that are followed one by one. */
public final class Visitor {

    private static final Pattern CSRF = Pattern.compile("name=\"_csrf\"[^>]* value=\"([^\"]+)\"");
    private static final Pattern ELEMENT = Pattern.compile("<[^>]*>");

    private Wire wire;
    private final Map<String, String> cookies = new TreeMap<>();
    private String csrf = "";

    public Visitor(int port) {
        this.wire = at(port);
    }

    private static Wire at(int port) {
        return Wire.at(port).with("Accept", "text/html,application/xhtml+xml,*/*;q=0.8");
    }

    /** From now on another replica answers; the browser does not notice. */
    public Visitor goTo(int port) {
        wire = at(port);
        return this;
    }

    /** Signed in with these roles and groups. */
    public static Visitor signedIn(int port, String subject, List<String> roles, List<String> groups) {
        Visitor visitor = new Visitor(port);
        Answer back = visitor.comeBack(
                visitor.begin("/console/approvals"),
                Surroundings.PEOPLE,
                claims -> claims,
                subject,
                Map.of("roles", roles, "groups", groups));
        assertThat(back.status()).as(back.text()).isEqualTo(303);
        return visitor;
    }

    /** Asks for a page without a session, and follows to the issuer: the parameters of the authorization request. */
    public Asked begin(String page) {
        Answer away = get(page);
        assertThat(away.status()).as(away.text()).isEqualTo(303);
        return asked(get(away.header("Location")));
    }

    /** Of the authorization request that the answer redirects to. */
    public static Asked asked(Answer redirect) {
        assertThat(redirect.status()).as(redirect.text()).isEqualTo(302);
        return new Asked(AuthorizationCodes.parameters(
                URI.create(redirect.header("Location")).getRawQuery()));
    }

    /** Comes back from the issuer with a code for an ID token of this person. */
    public Answer comeBack(
            Asked asked,
            TestIssuer issuer,
            UnaryOperator<Map<String, Object>> shape,
            String subject,
            Map<String, Object> claims) {
        Map<String, Object> all = new LinkedHashMap<>(Map.of("nonce", asked.get("nonce"), "aud", BrokerTest.CONSOLE));
        all.putAll(claims);
        Map<String, Object> shaped = shape.apply(all);
        String idToken = issuer.token(subject, token -> shaped.forEach(token::claim));
        return callback(issuer.codes().code(asked, idToken), asked.get("state"));
    }

    public Answer callback(String code, String state) {
        return get("/console/signed-in?code=" + code + "&state="
                + java.net.URLEncoder.encode(state, java.nio.charset.StandardCharsets.UTF_8));
    }

    public Answer get(String path) {
        return kept(cookied().get(path));
    }

    /** With the token against forgery that the last page had. */
    public Answer post(String path, Map<String, String> form) {
        Map<String, String> all = new LinkedHashMap<>(form);
        all.put("_csrf", csrf);
        return forge(path, all);
    }

    /** With nothing but what is said here. */
    public Answer forge(String path, Map<String, String> form) {
        return kept(cookied().form(path, form));
    }

    public Map<String, String> cookies() {
        return cookies;
    }

    private Wire cookied() {
        return cookies.isEmpty()
                ? wire
                : wire.with(
                        "Cookie",
                        cookies.entrySet().stream()
                                .map(one -> one.getKey() + "=" + one.getValue())
                                .collect(Collectors.joining("; ")));
    }

    private Answer kept(Answer answer) {
        for (String header : answer.headers().allValues("Set-Cookie")) {
            String[] pair = header.split(";", 2)[0].split("=", 2);
            if (pair[1].isEmpty()) {
                cookies.remove(pair[0]);
            } else {
                cookies.put(pair[0], pair[1]);
            }
        }
        Matcher matcher = CSRF.matcher(answer.text());
        if (matcher.find()) {
            csrf = matcher.group(1);
        }
        return answer;
    }

    /** What a person reads. */
    public static String text(Answer page) {
        return HtmlUtils.htmlUnescape(ELEMENT.matcher(page.text()).replaceAll(""));
    }
}
