package io.errand.broker.signal.transmitter;

import io.errand.broker.identity.admin.Role;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.security.core.Authentication;
import org.springframework.stereotype.Component;

/** Whose stream it is: a receiver has its own, administrators may look at all and delete them. */
@Component
class StreamAccess {

    private final EventStreams streams;

    StreamAccess(EventStreams streams) {
        this.streams = streams;
    }

    /** The stream, if it is the caller's own. */
    Result<EventStream> own(@Nullable Object id, Authentication caller) {
        return found(id, caller, false);
    }

    /** The stream, if the caller may look at it. */
    Result<EventStream> visible(@Nullable Object id, Authentication caller) {
        return found(id, caller, true);
    }

    /** Those that the caller may look at. */
    List<EventStream> all(Authentication caller) {
        return streams.list(isAdministrator(caller) ? null : caller.getName());
    }

    private Result<EventStream> found(@Nullable Object id, Authentication caller, boolean byAdministrators) {
        if (!(id instanceof String text)) {
            return StreamRequest.bad("stream_id", "stream_id says which stream is meant.");
        }
        Optional<EventStream> stream = Ids.parse(text)
                .flatMap(streams::find)
                .filter(one ->
                        one.receiver().equals(caller.getName()) || (byAdministrators && isAdministrator(caller)));
        return stream.map(Result::ok)
                .orElseGet(() -> Result.refused(Problem.notFound("This receiver has no such stream.")));
    }

    private static boolean isAdministrator(Authentication caller) {
        return caller.getAuthorities().stream().anyMatch(role -> Role.ADMIN.equals(role.getAuthority()));
    }
}
