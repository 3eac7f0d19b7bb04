package io.promlib.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.promlib.event.EventMeta;
import io.promlib.event.EventRecord;
import io.promlib.event.Payload;
import io.promlib.event.PayloadException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class EventsFrameTest {
  private static final ServerFrame.Context CONTEXT = ServerFrame.Context.leased(1, 30000, "L-1");

  private final Codec codec = new Codec();

  private static EventRecord event(long seq, Payload payload) {
    return new EventRecord("e" + seq, seq, 7, 7, "orders", payload, EventMeta.NONE);
  }

  private static EventRecord event(long seq, String json) {
    return event(seq, Payload.json(json));
  }

  /** It contains itself, so JSON of it would have no end. */
  static final class Unwritable {
    public Unwritable getSelf() {
      return this;
    }
  }

  private static Payload unwritable() {
    return Payload.of(new Unwritable());
  }

  private List<Long> seqs(byte[] frame) {
    return ((ServerFrame.Events) codec.readServer(frame))
        .events().stream().map(item -> item.event().seq()).toList();
  }

  @Test
  void itIsWhatTheCodecWritesOfTheSameEvents() {
    List<ServerFrame.Events.Item> items = new ArrayList<>();
    EventsFrame frame = codec.events("orders", "billing", 10_000);
    for (long seq = 1; seq <= 3; seq++) {
      EventRecord event = event(seq, "{ \"n\" : 1.0e2 }");
      items.add(new ServerFrame.Events.Item(event, CONTEXT));
      assertThat(frame.add(event, CONTEXT)).isTrue();
    }

    assertThat(frame.take())
        .asString(StandardCharsets.UTF_8)
        .isEqualTo(
            new String(
                codec.write(new ServerFrame.Events("orders", "billing", items)),
                StandardCharsets.UTF_8));
  }

  @Test
  void afterItWasTakenItIsEmpty() {
    EventsFrame frame = codec.events("orders", null, 10_000);
    frame.add(event(1, "1"), ServerFrame.Context.tail(false));
    frame.take();

    assertThat(frame.count()).isZero();
    frame.add(event(2, "2"), ServerFrame.Context.tail(false));
    assertThat(seqs(frame.take())).containsExactly(2L);
  }

  @Test
  void theFirstEventIsAddedWhateverItsSize() {
    EventsFrame frame = codec.events("orders", "billing", 1024);

    assertThat(frame.add(event(1, "\"" + "x".repeat(5000) + "\""), CONTEXT)).isTrue();
    assertThat(frame.add(event(2, "1"), CONTEXT)).isFalse();
    assertThat(frame.size()).isGreaterThan(5000);
    assertThat(seqs(frame.take())).containsExactly(1L);
  }

  @Test
  void noFrameOfSeveralEventsIsLargerThanItMayBeAndNoneIsLost() {
    for (int seed = 0; seed < 40; seed++) {
      Random random = new Random(seed);
      int most = 300 + random.nextInt(2000);
      EventsFrame frame = codec.events("orders", "billing", most);
      List<Long> sent = new ArrayList<>();
      for (long seq = 1; seq <= 50; seq++) {
        EventRecord event = event(seq, "\"" + "é".repeat(random.nextInt(most / 2)) + "\"");
        if (!frame.add(event, CONTEXT)) {
          sent.addAll(checked(frame, most, seed));
          assertThat(frame.add(event, CONTEXT)).isTrue();
        }
      }
      sent.addAll(checked(frame, most, seed));
      assertThat(sent).as("seed %d", seed).hasSize(50).isSorted();
    }
  }

  private List<Long> checked(EventsFrame frame, int most, int seed) {
    int count = frame.count();
    int size = frame.size();
    byte[] bytes = frame.take();
    assertThat(bytes).as("seed %d", seed).hasSize(size);
    assertThat(count == 1 || size <= most).as("seed %d", seed).isTrue();
    assertThat(seqs(bytes)).as("seed %d", seed).hasSize(count);
    return seqs(bytes);
  }

  @Test
  void aPayloadThatCannotBeWrittenLeavesTheOthers() {
    EventsFrame frame = codec.events("orders", "billing", 10_000);

    assertThatThrownBy(() -> frame.add(event(1, unwritable()), CONTEXT))
        .isInstanceOf(PayloadException.class);
    frame.add(event(2, "2"), CONTEXT);
    assertThatThrownBy(() -> frame.add(event(3, unwritable()), CONTEXT))
        .isInstanceOf(PayloadException.class);
    frame.add(event(4, "4"), CONTEXT);

    assertThat(seqs(frame.take())).containsExactly(2L, 4L);
  }

  @Test
  void aClearedOneHoldsNothingOfBefore() {
    EventsFrame frame = codec.events("orders", "billing", 10_000);
    frame.add(event(1, "1"), CONTEXT);
    frame.clear();
    frame.add(event(2, "2"), CONTEXT);

    assertThat(seqs(frame.take())).containsExactly(2L);
  }
}
