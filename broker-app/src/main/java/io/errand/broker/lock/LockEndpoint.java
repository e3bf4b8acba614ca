package io.errand.broker.lock;

import io.errand.api.LockView;
import io.errand.api.Page;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.web.Answers;
import io.errand.broker.shared.web.SensitiveList;
import io.errand.broker.shared.web.SortOrder;
import java.security.Principal;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * {@code /admin/v1/locks}: which locks stand, and lifting one. A lock is set by a revocation, which sweeps as well. Lifting one
 * brings nothing back to life.
 */
@RestController
@RequestMapping("/admin/v1/locks")
class LockEndpoint {

    private final Locks locks;

    LockEndpoint(Locks locks) {
        this.locks = locks;
    }

    @Answers(value = LockView.class, page = true)
    @SensitiveList("locks")
    @GetMapping
    ResponseEntity<Object> list(@RequestParam(required = false) @Nullable String order) {
        return SortOrder.of(order, SortOrder.ASC)
                .then(way -> Result.ok(new Page<>(
                        (way == SortOrder.ASC
                                        ? locks.standing()
                                        : locks.standing().reversed())
                                .stream().map(LockEndpoint::view).toList(),
                        null)))
                .response();
    }

    @Answers(LockView.class)
    @GetMapping("/{id}")
    ResponseEntity<Object> get(@PathVariable String id) {
        return found(id).map(lock -> ResponseEntity.<Object>ok(view(lock))).orElseGet(LockEndpoint::noSuchLock);
    }

    @Answers(value = Void.class, status = 204)
    @DeleteMapping("/{id}")
    ResponseEntity<Object> lift(@PathVariable String id, Principal who) {
        Optional<Locks.Lock> lock = found(id);
        return lock.isPresent() && locks.lift(lock.get().id(), who.getName())
                ? ResponseEntity.noContent().build()
                : noSuchLock();
    }

    private Optional<Locks.Lock> found(String id) {
        return Ids.parse(id).flatMap(locks::byId);
    }

    private static ResponseEntity<Object> noSuchLock() {
        return Problem.notFound("No such lock stands.").response();
    }

    private static LockView view(Locks.Lock lock) {
        return new LockView(lock.id().toString(), lock.scope().json(), lock.reason(), lock.who(), lock.createdAt());
    }
}
