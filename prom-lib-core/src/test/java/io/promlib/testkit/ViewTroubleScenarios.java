package io.promlib.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import io.promlib.bus.BusClosedException;
import io.promlib.event.Topic;
import io.promlib.state.State;
import io.promlib.state.StateView;
import io.promlib.state.StateViewListener;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

/** A view whose workers, listeners, decoder or store do what they should not. */
public abstract class ViewTroubleScenarios extends KeyedScenarios {
  private final List<String> heard = new ArrayList<>();
  private final List<RuntimeException> errors = new ArrayList<>();
  private boolean refusing;

  private final StateViewListener listener =
      new StateViewListener() {
        @Override
        public void onGap(long from, long to) {
          heard.add("gap " + from + "-" + to);
        }

        @Override
        public void onBadEvent(String key, long seq, RuntimeException error) {
          heard.add("bad " + key);
        }

        @Override
        public void onError(RuntimeException error) {
          errors.add(error);
          throw new StackOverflowError("a listener that fails");
        }
      };

  /** A process whose workers are full when the test says so. */
  private TestProcess crowded() {
    List<TestProcess> made = new ArrayList<>();
    made.add(
        newProcess(
            builder ->
                builder.workers(
                    task -> {
                      if (refusing) {
                        throw new RejectedExecutionException("full");
                      }
                      made.get(0).workers().execute(task);
                    })));
    return made.get(0);
  }

  private StateView<String> view(TestProcess process) {
    StateView<String> view = StateView.builder(process.bus(), ORDERS).listener(listener).open();
    run();
    return view;
  }

  @Test
  void workersThatAreFullForAMomentAreAskedAgain() {
    put("a", "1");
    try (StateView<String> view = view(crowded())) {
      refusing = true;
      put("a", "2");
      put("a", "3");
      pass(Duration.ofMillis(1500));
      assertThat(view.seq()).isEqualTo(1);
      assertThat(errors)
          .hasSize(2)
          .allSatisfy(error -> assertThat(error).isInstanceOf(RejectedExecutionException.class));
      refusing = false;
      pass(Duration.ofSeconds(1));
      assertThat(view.state()).isEqualTo(new State<>(3, Map.of("a", "3")));
      put("a", "4");
      run();
      assertThat(view.seq()).isEqualTo(4);
    }
  }

  @Test
  void workersThatAreFullWhenItOpensAreAskedAgain() {
    put("a", "1");
    TestProcess process = crowded();
    refusing = true;
    try (StateView<String> view = view(process)) {
      refusing = false;
      put("a", "2");
      pass(Duration.ofSeconds(1));
      assertThat(view.seq()).isEqualTo(2);
    }
  }

  @Test
  void aBusThatIsClosedFirstEndsItAndThatIsTold() throws InterruptedException {
    put("a", "1");
    TestProcess process = crowded();
    StateView<String> view = view(process);
    process.bus().close();
    refusing = true;
    put("a", "2");
    assertThat(errors).singleElement().isInstanceOf(BusClosedException.class);
    assertThat(view.awaitSeq(2, Duration.ofDays(1_000_000))).isFalse();
    assertThat(view.state()).isEqualTo(new State<>(1, Map.of("a", "1")));
    pass(Duration.ofSeconds(3));
    assertThat(errors).hasSize(1);
  }

  @Test
  void anErrorOfAListenerKeepsNobodyFromTheNextChange() {
    put("a", "1");
    try (StateView<String> view = view()) {
      view.onChange(
          (key, value, seq) -> {
            throw new StackOverflowError("a listener that fails");
          });
      view.onChange((key, value, seq) -> heard.add(key + "=" + value));
      put("a", "2");
      run();
      put("a", "3");
      run();
      assertThat(view.seq()).isEqualTo(3);
      assertThat(heard).containsExactly("a=2", "a=3");
    }
  }

  /** What its decoder throws for a word. */
  @JsonDeserialize(using = Words.class)
  record Word(String word) {}

  static final class Words extends StdDeserializer<Word> {
    private static final long serialVersionUID = 1L;
    private static final ThreadLocal<Boolean> WANTING = ThreadLocal.withInitial(() -> false);

    Words() {
      super(Word.class);
    }

    @Override
    public Word deserialize(JsonParser json, DeserializationContext context) throws IOException {
      String word = json.getText();
      if (word.equals("error") && WANTING.get()) {
        throw new OutOfMemoryError("for a moment");
      }
      if (word.equals("bad")) {
        throw new IllegalStateException("no word");
      }
      return new Word(word);
    }
  }

  @Test
  void anErrorOfTheDecoderIsToldAndTheSameChangesAreShownWhenItIsOver() {
    put("a", "1");
    Topic<Word> words = Topic.of(ORDERS.name(), Word.class);
    try (StateView<Word> view = StateView.builder(bus(), words).listener(listener).open()) {
      run();
      Words.WANTING.set(true);
      put("a", "error");
      put("b", "bad");
      run();
      assertThat(view.state()).isEqualTo(new State<>(1, Map.of("a", new Word("1"))));
      assertThat(errors).singleElement().extracting(Throwable::getCause).isInstanceOf(Error.class);
      Words.WANTING.set(false);
      pass(Duration.ofSeconds(1));
      assertThat(view.state()).isEqualTo(new State<>(3, Map.of("a", new Word("error"))));
      assertThat(heard).containsExactly("bad b");
    } finally {
      Words.WANTING.remove();
    }
  }

  /** Retention overtakes it, and the store fails once, at each call in turn. */
  @Test
  void aStoreThatFailsWhileItBeginsAnewLosesNoKeyAndNoGap() {
    publish("without a key, by the first process");
    SteppedStores stepped = new SteppedStores(connection());
    TestProcess other = newProcess(stepped.stores(), builder -> builder);
    boolean over = false;
    for (int round = 0; !over; round++) {
      put("a", "of " + round);
      try (StateView<String> view = view(other)) {
        put("b", "of " + round);
        compactor().build().runToEnd();
        long lost = put("lost", "of " + round);
        events().removeBelow(ORDERS.name(), put("c", "of " + round));
        heard.clear();
        List<Boolean> failed = new ArrayList<>();
        stepped.at(
            round,
            false,
            () -> {
              failed.add(true);
              throw new IllegalStateException("the store is away");
            });
        pass(Duration.ofSeconds(2));
        stepped.at(-1, false, () -> {});
        over = failed.isEmpty();
        assertThat(heard)
            .as("failed at call %d", round)
            .containsExactly("gap " + lost + "-" + lost);
        assertThat(view.all())
            .as("failed at call %d", round)
            .containsAllEntriesOf(
                Map.of("a", "of " + round, "b", "of " + round, "c", "of " + round));
      }
      compactor().build().runToEnd();
    }
  }
}
