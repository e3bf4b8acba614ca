package io.errand.broker.audit;

import io.errand.api.Page;
import io.errand.broker.audit.Reads.Read;
import io.errand.broker.shared.web.SensitiveList;
import jakarta.servlet.http.HttpServletRequest;
import java.security.Principal;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.core.MethodParameter;
import org.springframework.http.MediaType;
import org.springframework.http.converter.HttpMessageConverter;
import org.springframework.http.server.ServerHttpRequest;
import org.springframework.http.server.ServerHttpResponse;
import org.springframework.http.server.ServletServerHttpRequest;
import org.springframework.web.bind.annotation.ControllerAdvice;
import org.springframework.web.servlet.mvc.method.annotation.ResponseBodyAdvice;

/** Records that a {@link SensitiveList} was read, when it is about to be written: what cannot be recorded is not answered. */
@ControllerAdvice
class ReadsOnRecord implements ResponseBodyAdvice<Object> {

    /** What says which page it is, and not of which list. */
    private static final Set<String> PAGING = Set.of("cursor", "limit", "order");

    private final Reads reads;

    ReadsOnRecord(Reads reads) {
        this.reads = reads;
    }

    @Override
    public boolean supports(MethodParameter answer, Class<? extends HttpMessageConverter<?>> converter) {
        return answer.hasMethodAnnotation(SensitiveList.class);
    }

    @Override
    public @Nullable Object beforeBodyWrite(
            @Nullable Object body,
            MethodParameter answer,
            MediaType type,
            Class<? extends HttpMessageConverter<?>> converter,
            ServerHttpRequest request,
            ServerHttpResponse response) {
        if (body instanceof Page<?> page && request instanceof ServletServerHttpRequest asked) {
            SensitiveList list = Objects.requireNonNull(answer.getMethodAnnotation(SensitiveList.class));
            HttpServletRequest parameters = asked.getServletRequest();
            Principal who = parameters.getUserPrincipal();
            Read read = new Read(who == null ? null : who.getName(), list.value(), filter(parameters));
            reads.page(
                    read,
                    parameters.getParameter("cursor") != null,
                    page.items().size());
        }
        return body;
    }

    private static Map<String, String> filter(HttpServletRequest request) {
        Map<String, String> filter = new TreeMap<>();
        request.getParameterMap().forEach((name, values) -> {
            if (!PAGING.contains(name)) {
                filter.put(name, values[0]);
            }
        });
        return filter;
    }
}
