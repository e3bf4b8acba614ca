package io.errand.broker.database;

import io.errand.broker.shared.tracing.Spans;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * A counter of all committed changes of issuers, agents, tools and policies. What was read at one value is valid while the
 * database still has that value, so a request checks one number instead of each register, and no cache outlives a change.
 */
@Component
public class RegistryVersion {

    private static final ScopedValue<Request> REQUEST = ScopedValue.newInstance();

    private final JdbcClient jdbc;
    /** What this process saw last: a hint, to be confirmed before anything is answered by it. */
    private volatile @Nullable Long last;

    RegistryVersion(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** One request, on one thread. */
    private static final class Request {

        private @Nullable Long number;
        /** Whether the database said so during this request. */
        private boolean sure;
        /** Whether anything was answered by it. */
        private boolean used;
    }

    /** What was supposed is not so: {@link #supposing} does it again. */
    private static final class Outdated extends RuntimeException implements Spans.Superseded {

        private static final long serialVersionUID = 1;

        Outdated() {
            super("The registry version changed", null, false, false);
        }
    }

    /** Within {@code work} the number is read once, when it is first needed. */
    public <T> T during(Supplier<T> work) {
        return ScopedValue.where(REQUEST, new Request()).call(work::get);
    }

    /**
     * Does the work by what was seen last, for work that ends in a statement which reads the number too and tells {@link #saw}. If
     * it is another, or nothing told, the work is done again as {@link #during} has it, and that answer counts. So it must have
     * no effect before {@link #settle}.
     */
    public <T> T supposing(Supplier<T> work) {
        Long supposed = last;
        if (supposed == null) {
            return during(work);
        }
        Request request = new Request();
        request.number = supposed;
        try {
            T done = ScopedValue.where(REQUEST, request).call(work::get);
            return request.sure || !request.used ? done : during(work);
        } catch (Outdated e) {
            return during(work);
        }
    }

    /** A statement of the request under way has read the number. */
    public void saw(long number) {
        last = number;
        if (REQUEST.isBound()) {
            Request request = REQUEST.get();
            if (!request.sure && request.number != null && request.number != number) {
                throw new Outdated();
            }
            if (request.number == null) {
                request.number = number;
            }
            request.sure = true;
        }
    }

    /** What was only supposed until now is looked up: before the first effect. */
    public void settle() {
        if (REQUEST.isBound() && REQUEST.get().used && !REQUEST.get().sure) {
            saw(read());
        }
    }

    /** The request's number; empty: no request is under way that keeps one. */
    OptionalLong number() {
        if (!REQUEST.isBound()) {
            return OptionalLong.empty();
        }
        Request request = REQUEST.get();
        request.used = true;
        if (request.number == null) {
            saw(read());
        }
        Long number = request.number;
        return number == null ? OptionalLong.empty() : OptionalLong.of(number);
    }

    /** Whether it is the number that this request goes by. */
    static boolean goesBy(long number) {
        return REQUEST.isBound() && Long.valueOf(number).equals(REQUEST.get().number);
    }

    private long read() {
        return jdbc.sql("SELECT number FROM epoch").query(Long.class).single();
    }

    /** A memory of things registered. */
    public <K, V> Kept<K, V> kept() {
        return new Kept<>();
    }

    /** What was read, each with the number at which it was. */
    public final class Kept<K, V> {

        private static final int MOST = 10_000;

        private record At<V>(long number, V value) {}

        private final ConcurrentHashMap<K, At<V>> entries = new ConcurrentHashMap<>();

        private Kept() {}

        /** @param read asks the database; what is absent is not kept, so that nobody fills the memory with what is not there */
        public Optional<V> get(K key, Supplier<Optional<V>> read) {
            OptionalLong now = number();
            if (now.isEmpty()) {
                return read.get();
            }
            At<V> entry = entries.get(key);
            if (entry != null && entry.number() == now.getAsLong()) {
                return Optional.of(entry.value());
            }
            Optional<V> value = read.get();
            // What a transaction sees may be its own, and may never come to be.
            if (value.isPresent() && !TransactionSynchronizationManager.isActualTransactionActive()) {
                if (entries.size() >= MOST) {
                    entries.clear();
                }
                entries.put(key, new At<>(now.getAsLong(), value.get()));
            }
            return value;
        }
    }
}
