package io.errand.broker.exchange;

import io.errand.broker.task.Task;
import org.springframework.security.authentication.AbstractAuthenticationToken;
import org.springframework.security.authentication.AuthenticationManager;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.oauth2.server.resource.InvalidBearerTokenException;
import org.springframework.security.oauth2.server.resource.authentication.BearerTokenAuthenticationToken;

/** A caller who showed the current token of a task, whatever state the task is in. */
final class TaskAuthentication extends AbstractAuthenticationToken {

    private final transient Task task;

    private TaskAuthentication(Task task) {
        super(AuthorityUtils.NO_AUTHORITIES);
        this.task = task;
        setAuthenticated(true);
    }

    Task task() {
        return task;
    }

    @Override
    public String getPrincipal() {
        return "agent:" + task.agent();
    }

    @Override
    public String getCredentials() {
        return "";
    }

    record Manager(TaskTokens taskTokens) implements AuthenticationManager {

        @Override
        public Authentication authenticate(Authentication bearer) {
            return taskTokens
                    .current(((BearerTokenAuthenticationToken) bearer).getToken())
                    .map(live -> new TaskAuthentication(live.task()))
                    .orElseThrow(() -> new InvalidBearerTokenException("not a current task token"));
        }
    }
}
