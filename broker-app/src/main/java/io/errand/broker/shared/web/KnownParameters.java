package io.errand.broker.shared.web;

import io.errand.broker.shared.Nearest;
import io.errand.broker.shared.Problem;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
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
 * So is one that is there twice and of which there is one, since nobody knows which was meant, and one with control characters.
 * OAuth's endpoints are left out, which have to ignore what they do not know (RFC 6749 §3.2).
 */
@Configuration(proxyBeanMethods = false)
class KnownParameters implements WebMvcConfigurer, HandlerInterceptor {

    private final Map<Method, Known> known = new ConcurrentHashMap<>();

    /**
     * Of an endpoint.
     *
     * @param lists those of which there may be several
     */
    private record Known(SortedSet<String> names, Set<String> lists) {}

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
        Known here = known.computeIfAbsent(method.getMethod(), its -> known(method));
        for (Map.Entry<String, String[]> sent : request.getParameterMap().entrySet()) {
            Optional<Problem> wrong = wrong(sent.getKey(), sent.getValue(), here);
            if (wrong.isPresent()) {
                Problems.write(response, wrong.get());
                return false;
            }
        }
        return true;
    }

    private static Optional<Problem> wrong(String name, String[] values, Known here) {
        if (!here.names().contains(name)) {
            return Optional.of(unknown(name, here.names()));
        }
        if (values.length > 1 && !here.lists().contains(name)) {
            return Optional.of(Problem.badRequest("The query parameter '" + name + "' is there twice; say it once."));
        }
        return Stream.of(values).anyMatch(value -> value.chars().anyMatch(Character::isISOControl))
                ? Optional.of(
                        Problem.badRequest("The query parameter '" + name + "' has a control character in its value."))
                : Optional.empty();
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
    private static Known known(HandlerMethod method) {
        SortedSet<String> names = new TreeSet<>();
        Set<String> lists = new HashSet<>();
        for (MethodParameter parameter : method.getMethodParameters()) {
            RequestParam bound = parameter.getParameterAnnotation(RequestParam.class);
            if (bound != null) {
                parameter.initParameterNameDiscovery(new DefaultParameterNameDiscoverer());
                String name = bound.name().isEmpty() ? String.valueOf(parameter.getParameterName()) : bound.name();
                names.add(name);
                if (Collection.class.isAssignableFrom(parameter.getParameterType())) {
                    lists.add(name);
                }
            } else if (parameter.getParameterType().isRecord()
                    && !parameter.hasParameterAnnotation(RequestBody.class)
                    && parameter.getParameterAnnotations().length == 0) {
                for (RecordComponent component : parameter.getParameterType().getRecordComponents()) {
                    names.add(component.getName());
                }
            }
        }
        return new Known(names, lists);
    }
}
