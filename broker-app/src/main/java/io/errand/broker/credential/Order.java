package io.errand.broker.credential;

import io.errand.api.AuthorizationDetail;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a backend is asked to make.
 *
 * @param actions what the credential may do
 * @param term when it must be dead at the latest, unless it is renewed
 * @param taskTerm the end of its task, past which nothing renews it
 * @param task whose it is, for what the target can show: the ids {@code task} and {@code root},
 *     {@code type}, {@code agent}, {@code sub}, {@code act}, {@code cnf} of a bound task, the tool's {@code tenant}, {@code authorization_details}
 * @param status its place on the status lists; null: it has none, since it stands at a target
 */
public record Order(
        UUID lease,
        ToolBinding toolBinding,
        List<String> actions,
        Term term,
        Term taskTerm,
        Map<String, Object> task,
        @Nullable StatusIndex status) {

    /** Of what stands at a target. */
    public Order(
            UUID lease,
            ToolBinding toolBinding,
            List<String> actions,
            Term term,
            Term taskTerm,
            Map<String, Object> task) {
        this(lease, toolBinding, actions, term, taskTerm, task, null);
    }

    /** The classes of data that it is limited to, as {@code authorization_details} of the task has it for the tool; empty: to none. */
    public Optional<List<String>> datatypes() {
        return task.get("authorization_details") instanceof List<?> details
                ? details.stream()
                        .filter(AuthorizationDetail.class::isInstance)
                        .map(AuthorizationDetail.class::cast)
                        .filter(detail -> detail.identifier().equals(toolBinding.tool()) && detail.datatypes() != null)
                        .findFirst()
                        .map(AuthorizationDetail::datatypes)
                : Optional.empty();
    }
}
