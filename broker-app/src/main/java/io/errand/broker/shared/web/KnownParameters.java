package io.errand.broker.shared.web;

import io.errand.broker.shared.Nearest;
import io.errand.broker.shared.Problem;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.DefaultParameterNameDiscoverer;
import org.springframework.core.MethodParameter;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/**
 * A query parameter that an endpoint does not know is 400: a list that is filtered by a misspelled name would else be the whole list.
 * OAuth's endpoints are left out, which have to ignore what they do not know (RFC 6749 §3.2).
 */
@Configuration(proxyBeanMethods = false)
class KnownParameters implements WebMvcConfigurer, HandlerInterceptor {

    private final Map<Method, SortedSet<String>> known = new ConcurrentHashMap<>();

    @Override
    public void addInterceptors(InterceptorRegistry registry) {
        registry.addInterceptor(this).addPathPatterns("/admin/v1/**", "/v1/**");
    }

    @Override
    public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler)
            throws IOException {
        if (!(handler instanceof HandlerMethod method) || request.getQueryString() == null) {
            return true;
        }
        SortedSet<String> names = known.computeIfAbsent(method.getMethod(), its -> names(method));
        for (String sent : request.getParameterMap().keySet()) {
            if (!names.contains(sent)) {
                Problems.write(response, unknown(sent, names));
                return false;
            }
        }
        return true;
    }

    private static Problem unknown(String sent, SortedSet<String> names) {
        String cut = sent.length() > 64 ? sent.substring(0, 64) : sent;
        List<String> nearest = Nearest.to(cut, names);
        String sentence =
                names.isEmpty() ? "This address has no query parameters." : "It has " + String.join(", ", names) + ".";
        return Problem.badRequest("There is no query parameter '" + cut + "' here. "
                + (nearest.isEmpty() ? sentence : "Did you mean " + String.join(" or ", nearest) + "?"));
    }

    /** Of parameters that are bound one by one, and of records that are bound from all of them. */
    private static SortedSet<String> names(HandlerMethod method) {
        SortedSet<String> names = new TreeSet<>();
        for (MethodParameter parameter : method.getMethodParameters()) {
            RequestParam bound = parameter.getParameterAnnotation(RequestParam.class);
            if (bound != null) {
                parameter.initParameterNameDiscovery(new DefaultParameterNameDiscoverer());
                names.add(bound.name().isEmpty() ? String.valueOf(parameter.getParameterName()) : bound.name());
            } else if (parameter.getParameterType().isRecord()
                    && !parameter.hasParameterAnnotation(RequestBody.class)
                    && parameter.getParameterAnnotations().length == 0) {
                for (RecordComponent component : parameter.getParameterType().getRecordComponents()) {
                    names.add(component.getName());
                }
            }
        }
        return names;
    }
}
