package io.errand.faults;

import io.errand.broker.credential.Backend;
import io.errand.broker.credential.Destruction;
import io.errand.broker.credential.Extension;
import io.errand.broker.credential.Issuing;
import io.errand.broker.credential.Logged;
import io.errand.broker.credential.Order;
import io.errand.broker.credential.Term;
import io.errand.broker.credential.ToolBinding;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.config.BeanPostProcessor;

/**
 * Where a thread of the service stops until it is told to go on, or its process is killed. A point is a file: {@code x.armed} is
 * made by the test, {@code x.reached} by the thread that stands there now, and {@code x.go} by the test again.
 */
final class FaultPoints implements BeanPostProcessor {

    private static final Logger LOG = LoggerFactory.getLogger(FaultPoints.class);

    /** Statements of a transaction by which it is known, and what its points are called. */
    private static final Map<String, String> TRANSACTIONS = Map.of(
            "SET claimed_until = now()", "claim",
            "SET state = 'active', reference", "active",
            "SET due_at = CASE WHEN state = 'pending'", "revoking",
            "SET state = 'revoked', version", "revoked");

    /** A request is a thread of its own. */
    private final ThreadLocal<AtomicInteger> steps = ThreadLocal.withInitial(AtomicInteger::new);

    private final Path folder;

    FaultPoints(Path folder) {
        this.folder = folder;
    }

    @Override
    public Object postProcessAfterInitialization(Object bean, String name) {
        return switch (bean) {
            case Backend backend -> new Watched(backend);
            case DataSource pool -> proxy(DataSource.class, new Pool(pool));
            default -> bean;
        };
    }

    /** Points {@code step-1}, {@code step-2} …: before each statement and commit of one request. */
    private void step() {
        if (Thread.currentThread().getName().startsWith("tomcat-handler-")) {
            pass("step-" + steps.get().incrementAndGet());
        }
    }

    /** The second thread that may stop at a point stops at its {@code -again}. */
    private void pass(String point) {
        if (stops(point) || stops(point + "-again")) {
            LOG.info("Passed {}", point);
        }
    }

    private boolean stops(String point) {
        try {
            if (!Files.deleteIfExists(folder.resolve(point + ".armed"))) {
                return false;
            }
            Files.createFile(folder.resolve(point + ".reached"));
            Awaitility.await().forever().until(() -> Files.deleteIfExists(folder.resolve(point + ".go")));
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Points {@code issue}, {@code record-1}, {@code record-2}, {@code made}, {@code destroy}, {@code destroyed}. */
    private final class Watched implements Backend {

        private final Backend inner;

        Watched(Backend inner) {
            this.inner = inner;
        }

        @Override
        public String name() {
            return inner.name();
        }

        @Override
        public List<BindingProblem> check(ToolBinding toolBinding) {
            return inner.check(toolBinding);
        }

        @Override
        public Issuing issue(Order order, Recorder recorder) {
            pass(name() + "-issue");
            AtomicInteger records = new AtomicInteger();
            Issuing made = inner.issue(order, reference -> {
                pass(name() + "-record-" + records.incrementAndGet());
                return recorder.record(reference);
            });
            pass(name() + "-made");
            return made;
        }

        @Override
        public Destruction destroy(Remains remains) {
            pass(name() + "-destroy");
            Destruction destroyed = inner.destroy(remains);
            pass(name() + "-destroyed");
            return destroyed;
        }

        @Override
        public boolean forestalls(String target) {
            return inner.forestalls(target);
        }

        @Override
        public void forestall(String target, Collection<UUID> leases) {
            inner.forestall(target, leases);
        }

        @Override
        public Destruction insist(Remains remains) {
            return inner.insist(remains);
        }

        @Override
        public Extension extend(Remains remains, Term term) {
            return inner.extend(remains, term);
        }

        @Override
        public Logged logged(String reference, String log) {
            return inner.logged(reference, log);
        }

        @Override
        public List<Listing> list() {
            return inner.list();
        }
    }

    private final class Pool implements InvocationHandler {

        private final DataSource inner;

        Pool(DataSource inner) {
            this.inner = inner;
        }

        @Override
        public @Nullable Object invoke(Object self, Method method, Object @Nullable [] arguments) throws Throwable {
            Object result = call(inner, method, arguments);
            return result instanceof Connection connection
                    ? proxy(Connection.class, new Transaction(connection))
                    : result;
        }
    }

    /** Points {@code before-x} and {@code after-x} of the commit of the transactions above. */
    private final class Transaction implements InvocationHandler {

        private final Connection inner;
        private final List<String> points = new ArrayList<>();

        Transaction(Connection inner) {
            this.inner = inner;
        }

        @Override
        public @Nullable Object invoke(Object self, Method method, Object @Nullable [] arguments) throws Throwable {
            if (method.getName().equals("prepareStatement") && arguments != null) {
                step();
                TRANSACTIONS.forEach((mark, point) -> {
                    if (String.valueOf(arguments[0]).contains(mark)) {
                        points.add(point);
                    }
                });
            }
            if (!method.getName().equals("commit")) {
                return call(inner, method, arguments);
            }
            List<String> passed = List.copyOf(points);
            points.clear();
            step();
            passed.forEach(point -> pass("before-" + point));
            Object result = call(inner, method, arguments);
            passed.forEach(point -> pass("after-" + point));
            return result;
        }
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(FaultPoints.class.getClassLoader(), new Class<?>[] {type}, handler));
    }

    private static @Nullable Object call(Object inner, Method method, Object @Nullable [] arguments) throws Throwable {
        try {
            return method.invoke(inner, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
