package io.errand.broker.caller;

import io.errand.broker.task.Task;
import org.springframework.security.authentication.AbstractAuthenticationToken;
import org.springframework.security.core.authority.AuthorityUtils;

/** A caller who showed the current token of a task, and the key that it is bound to, whatever state the task is in. */
public final class TaskAuthentication extends AbstractAuthenticationToken {

    private final transient Task task;
    private final boolean bound;

    public TaskAuthentication(TaskTokens.Live live) {
        super(AuthorityUtils.NO_AUTHORITIES);
        this.task = live.task();
        this.bound = live.binding().isPresent();
        setAuthenticated(true);
    }

    public Task task() {
        return task;
    }

    /** Whether the token is worth nothing without a key. */
    public boolean isBound() {
        return bound;
    }

    @Override
    public String getPrincipal() {
        return "agent:" + task.agent();
    }

    @Override
    public String getCredentials() {
        return "";
    }
}
