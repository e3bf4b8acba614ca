package io.errand.broker.grant;

import io.errand.api.AuthorizationDetail;
import io.errand.api.Json;
import io.errand.broker.caller.GrantStep;
import io.errand.broker.caller.Refusal;
import io.errand.broker.caller.TaskParameter;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;

/** The parameter {@code authorization_details} (RFC 9396): read, and its form checked. */
final class AuthorizationDetailsParameter {

    private static final TypeReference<List<AuthorizationDetail>> DETAILS = new TypeReference<>() {};

    private AuthorizationDetailsParameter() {}

    static GrantStep<List<AuthorizationDetail>> read(String json) {
        try {
            return formed(Json.mapper().readValue(json, DETAILS));
        } catch (JacksonException e) {
            return invalid(
                    "details_unreadable",
                    "authorization_details is not the JSON array that it must be: " + TaskParameter.summary(e));
        }
    }

    static GrantStep<List<AuthorizationDetail>> formed(@Nullable List<AuthorizationDetail> details) {
        if (details == null || details.isEmpty() || details.size() > AccessResolution.MAX_TOOLS) {
            return invalid(
                    "details_count",
                    "authorization_details names 1 to " + AccessResolution.MAX_TOOLS
                            + " tools; leave it out to ask for none.");
        }
        Set<String> seen = new HashSet<>();
        for (AuthorizationDetail detail : details) {
            if (detail == null || !AuthorizationDetail.TOOL_ACCESS.equals(detail.type())) {
                return invalid("details_type", "The only type of authorization details is tool_access.");
            }
            if (detail.identifier() == null || !seen.add(detail.identifier())) {
                return invalid("details_identifier", "Each item names another tool in identifier.");
            }
            if (detail.actions() == null || !AccessResolution.distinct(detail.actions())) {
                return invalid("details_actions", "actions names at least one action, and each once.");
            }
        }
        return GrantStep.pass(details);
    }

    private static <T> GrantStep<T> invalid(String reason, String description) {
        return GrantStep.stop(Refusal.invalidDetails(reason, description));
    }
}
