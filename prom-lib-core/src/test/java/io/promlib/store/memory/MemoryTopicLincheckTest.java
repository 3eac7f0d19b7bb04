package io.promlib.store.memory;

import io.promlib.event.EventMeta;
import io.promlib.event.EventRecord;
import io.promlib.event.Payload;
import io.promlib.store.Draft;
import io.promlib.store.Page;
import io.promlib.store.TopicSettings;
import java.util.List;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Test;

/**
 * Reads without a lock beside appends and removals. Each position is first to come, then there,
 * then gone, and whatever the interleaving a read tells one of these that was true while it ran; a
 * page has no gap that it does not explain.
 *
 * <p>The topics begin just before their array of 16 places is full, so that within a few steps it
 * begins its second lap, or is replaced by a larger one. More of them: {@code
 * -Dprom.lincheck.iterations=20}.
 */
class MemoryTopicLincheckTest {
  private static final int BEFORE = 15;
  private static final int ITERATIONS = Integer.getInteger("prom.lincheck.iterations", 3);

  @Test
  void readsAgreeWithWritesWhilePlacesAreWrittenAgain() {
    check(Lapping.class);
  }

  @Test
  void readsAgreeWithWritesWhileTheArrayIsReplaced() {
    check(Growing.class);
  }

  private static void check(Class<?> operations) {
    new ModelCheckingOptions()
        .threads(2)
        .actorsBefore(0)
        .actorsPerThread(3)
        .actorsAfter(1)
        .iterations(ITERATIONS)
        .invocationsPerIteration(200)
        .check(operations);
  }

  /** Keeps three events, so that each append drops one and soon writes where another stood. */
  public static class Lapping extends Operations {
    public Lapping() {
      super(TopicSettings.UNLIMITED.maxEvents(3));
    }
  }

  /** Keeps everything, so that the array grows. */
  public static class Growing extends Operations {
    public Growing() {
      super(TopicSettings.UNLIMITED);
    }
  }

  /** What Lincheck calls in every order. */
  @Param(name = "seq", gen = IntGen.class, conf = "13:19")
  public abstract static class Operations {
    private final MemoryTopic topic;

    Operations(TopicSettings settings) {
      topic = new MemoryTopic("t", settings, new Budget(Long.MAX_VALUE), 10);
      for (int i = 0; i < BEFORE; i++) {
        append();
      }
    }

    @Operation
    public long append() {
      Draft draft = new Draft("x", false, 0, Payload.NULL, EventMeta.NONE);
      return topic.append(draft, 1, 0).seq();
    }

    @Operation
    public void removeBelow(@Param(name = "seq") int seq) {
      topic.removeBelow(seq);
    }

    @Operation
    public void remove(@Param(name = "seq") int seq) {
      topic.remove(List.of((long) seq));
    }

    @Operation
    public String read(@Param(name = "seq") int seq) {
      Page page = topic.read(seq, 1);
      if (!page.events().isEmpty() && page.events().get(0).seq() == seq) {
        return "there";
      }
      return page.first() > seq || page.tail() >= seq ? "gone" : "to come";
    }

    @Operation
    public boolean pagesAreInOrder() {
      Page page = topic.read(1, 100);
      long last = 0;
      for (EventRecord event : page.events()) {
        if (event.seq() <= last || event.seq() > page.tail()) {
          return false;
        }
        last = event.seq();
      }
      return true;
    }
  }
}
