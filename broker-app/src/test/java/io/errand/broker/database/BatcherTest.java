package io.errand.broker.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class BatcherTest {

    private final Executor threads = command -> Thread.ofVirtual().start(command);
    private final List<List<Integer>> pieces = Collections.synchronizedList(new ArrayList<>());
    private final CountDownLatch first = new CountDownLatch(1);

    private final Batcher<Integer> batcher = new Batcher<>(1, 3, piece -> {
        pieces.add(piece);
        if (piece.contains(1)) {
            join(first);
        }
        if (piece.contains(7)) {
            throw new IllegalStateException("seven");
        }
    });

    private static void join(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private CompletableFuture<Void> handIn(Integer... values) {
        return CompletableFuture.runAsync(() -> batcher.work(List.of(values)), threads);
    }

    @Test
    void whatComesMeanwhileIsOnePieceAndNoneIsLargerThanTheMost() {
        CompletableFuture<Void> one = handIn(1);
        Awaitility.await().until(() -> pieces.size() == 1);
        List<CompletableFuture<Void>> later = List.of(handIn(2), handIn(3), handIn(4, 5));
        Awaitility.await().until(() -> batcher.waiting() == 4);

        assertThat(one).isNotDone();
        assertThat(later).noneMatch(CompletableFuture::isDone);
        first.countDown();

        one.join();
        later.forEach(CompletableFuture::join);
        assertThat(pieces).hasSize(3);
        assertThat(pieces.get(1)).hasSize(3);
        assertThat(pieces.stream().flatMap(List::stream)).containsExactlyInAnyOrder(1, 2, 3, 4, 5);
    }

    @Test
    void whatTheWorkThrowsIsThrownToEachOfThePieceAndToNobodyElse() {
        CompletableFuture<Void> one = handIn(1);
        Awaitility.await().until(() -> pieces.size() == 1);
        CompletableFuture<Void> with = handIn(6, 7);
        Awaitility.await().until(() -> batcher.waiting() == 2);
        first.countDown();

        one.join();
        assertThatThrownBy(with::join)
                .isInstanceOf(CompletionException.class)
                .cause()
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("seven");
        batcher.work(List.of(8));
        assertThat(pieces.getLast()).containsExactly(8);
    }
}
