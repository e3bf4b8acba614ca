package io.errand.broker.credential.vault;

import java.io.IOException;
import java.io.Serial;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** An answer that is neither yes nor no, on its way through the driver, which drops the headers of what it gets. */
final class TurnedAway extends IOException {

    @Serial
    private static final long serialVersionUID = 1L;

    private final int status;
    private final @Nullable Duration after;

    TurnedAway(int status, String body, @Nullable Duration after) {
        super(body.length() > 300 ? body.substring(0, 300) : body);
        this.status = status;
        this.after = after;
    }

    Reply.Busy asReply() {
        return new Reply.Busy(status, String.valueOf(getMessage()).strip(), after);
    }
}
