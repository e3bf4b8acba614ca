package io.errand.broker.credential;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The code that makes and destroys a credential at a kind of target.
 *
 * <p>Every method may block on the network for at most a few seconds and then answers that it does not know. None of them
 * touches the broker's own database, except through the recorder.
 */
public interface Backend {

    /** What a tool's {@code backend} says. */
    String name();

    /** What is wrong with a binding, before anything depends on it; empty if it works. */
    List<BindingProblem> check(ToolBinding toolBinding);

    /**
     * What is wrong with a binding of which {@link #check} found nothing: makes a credential, looks at it and ends it again. Nobody
     * holds it meanwhile, and it ends by itself within a minute. Empty if it works, or where making one shows nothing more.
     */
    default List<BindingProblem> probe(ToolBinding toolBinding) {
        return List.of();
    }

    /**
     * Makes a credential. Whatever it leaves at the target must be findable by the lease id alone.
     *
     * @param recorder commits a reference to the lease row before the backend goes on
     */
    Issuing issue(Order order, Recorder recorder);

    /**
     * How a credential for these actions can be limited to some of its tool's data and locations. Whoever cannot says so: what is
     * granted and not enforced would only look narrower.
     *
     * @param datatypes some of the tool's classes of data; null: all
     * @param locations some of the tool's locations; null: all
     */
    default Narrowing narrowing(
            ToolBinding toolBinding,
            List<String> actions,
            @Nullable List<String> datatypes,
            @Nullable List<String> locations) {
        return datatypes == null && locations == null
                ? Narrowing.ENFORCED
                : new Narrowing(
                        Narrowing.By.NOBODY,
                        "A credential of the backend '" + name() + "' reaches all that its actions reach; leave out"
                                + " datatypes and locations.");
    }

    /**
     * Who sees to it that a credential is used for no more than was granted.
     *
     * @param sentence for whoever asked, where it is nobody
     */
    record Narrowing(By by, String sentence) {

        public static final Narrowing ENFORCED = new Narrowing(By.TARGET, "");

        /** The credential tells its tool, which may or may not listen. */
        public static final Narrowing TOLD = new Narrowing(By.TOOL, "");

        /** Who does. */
        public enum By {
            /** The target: the credential cannot do more. */
            TARGET,
            /** The tool, which reads it in the credential. */
            TOOL,
            NOBODY
        }
    }

    /**
     * The reference of a credential that exists nowhere but in what {@link #issue} answers: its lease needs no PENDING, and is
     * ACTIVE in the transaction that opens it. Empty: it is made at a target, and recorded when it is.
     */
    default Optional<String> reference(UUID lease, Term term) {
        return Optional.empty();
    }

    /**
     * What the target's own log calls the holder of a credential, so that a session there can be known for a lease's.
     *
     * @param reference that was recorded when it was made
     * @param log what the target calls its log
     */
    default Logged logged(String reference, String log) {
        return new Logged.Nothing();
    }

    /**
     * Uses a credential that {@link #issue} gave and nobody else has, as its holder would: within seconds, and without changing
     * anything at the target.
     *
     * @param data as it was given
     */
    default Use use(ToolBinding toolBinding, Map<String, Object> data) {
        return new Use.NotTried("The broker knows of no way to use a credential of the backend '" + name() + "'.");
    }

    /** Destroys and looks; safe to repeat, and to call for a lease of which nothing was ever made. */
    Destruction destroy(Remains remains);

    /**
     * Takes the power from many credentials of one target at once, as far as that is quick; {@link #destroy} is called for each
     * of them afterwards. It may do nothing, or throw: nothing depends on it but how soon the last of them is powerless.
     */
    default void forestall(String target, Collection<UUID> leases) {}

    /** Whether {@link #forestall} does anything at this target: then many are taken on at once, for the sake of the last. */
    default boolean forestalls(String target) {
        return false;
    }

    /** The same for one that resists ({@link Destruction.Resists}): it may take seconds, while others are not kept waiting. */
    default Destruction insist(Remains remains) {
        return destroy(remains);
    }

    /**
     * Lets a credential live longer, until then at most; it never brings one back. The lease's row says so already.
     *
     * @param term when it must be dead at the latest
     */
    default Extension extend(Remains remains, Term term) {
        return new Extension.NotExtendable(
                "A credential of the backend '" + name() + "' ends when it was made to end; exchange for a new one.");
    }

    /**
     * The live credentials at each target of this backend, told target by target: one that cannot be looked at says so and
     * hides nothing of the others. Empty where credentials stand nowhere that could be looked at.
     */
    List<Listing> list();

    /**
     * What can log in at each target of this backend and was made by nobody's lease. A target that cannot be looked at is left out;
     * empty, too, where credentials stand nowhere that could be looked at.
     */
    default List<OtherLogins> otherLogins() {
        return List.of();
    }

    /** One target's. */
    record OtherLogins(String target, List<OtherLogin> logins) {}

    /**
     * A login that the broker did not make.
     *
     * @param detail what it may do beyond others; null: nothing
     * @param hasSession whether it is used now
     */
    record OtherLogin(String name, @Nullable String detail, boolean hasSession) {}

    /** Whether a list costs so little that it is made every half minute, so that a failover of a target is noticed. */
    default boolean listsOften() {
        return false;
    }

    /**
     * Looks whether another database of this deployment writes at the target, and says so to {@link Deployment#doubt}.
     *
     * @return why it could not look; empty: it did
     */
    default Optional<String> verify(String target) {
        return Optional.empty();
    }

    /** Commits a reference (for example a Vault accessor) to the lease row; false: the lease is no longer pending, stop. */
    @FunctionalInterface
    interface Recorder {
        boolean record(String reference);
    }

    /** What may still stand at the target: the lease, the binding it was made under, and the reference if one was recorded. */
    record Remains(
            UUID lease, ToolBinding toolBinding, @Nullable String reference) {}

    /** One target's list. {@code target} is what {@link ToolBinding#target()} says. */
    sealed interface Listing {

        String target();

        /** All of it: what is not here was not there. */
        record Seen(String target, List<Live> live) implements Listing {}

        record Unreachable(String target, String cause) implements Listing {}
    }

    /**
     * A credential found at a target.
     *
     * @param reference what {@link Remains} needs to destroy it
     * @param shown the same for people and logs: nobody can use it
     * @param owned whether it says that this broker made it; false: it says nothing of that. Another broker's is not listed
     */
    record Live(UUID lease, String target, String reference, String shown, boolean owned) {

        /** Enough to destroy a credential of which the database knows nothing. */
        public Remains remains() {
            return new Remains(lease, new ToolBinding("", List.of(), Map.of(ToolBinding.TARGET, target)), reference);
        }
    }

    /**
     * @param member path into the tool's {@code config}
     * @param silent whether it is the target that does not answer, so that nothing is known about the binding
     */
    record BindingProblem(String member, String detail, boolean silent) {

        /** Something is wrong with the binding. */
        public BindingProblem(String member, String detail) {
            this(member, detail, false);
        }
    }
}
