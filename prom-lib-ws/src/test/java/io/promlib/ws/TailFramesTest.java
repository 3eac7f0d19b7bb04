package io.promlib.ws;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.event.EventMeta;
import io.promlib.event.EventRecord;
import io.promlib.event.Payload;
import io.promlib.wire.Codec;
import io.promlib.wire.ServerFrame;
import org.junit.jupiter.api.Test;

class TailFramesTest {
  private final Codec codec = new Codec();
  private final TailFrames frames = new TailFrames(codec);

  private static EventRecord event(String topic, long seq, String json) {
    return new EventRecord("e" + seq, seq, 7, 7, topic, Payload.json(json), EventMeta.NONE);
  }

  private byte[] written(EventRecord event, boolean snapshot) {
    return codec.write(
        new ServerFrame.Event(event.topic(), null, event, ServerFrame.Context.tail(snapshot)));
  }

  @Test
  void anEventIsWrittenOnceForAllTails() {
    EventRecord event = event("t", 1, "1");
    byte[] first = frames.frame(event, false);

    assertThat(first).isEqualTo(written(event, false));
    assertThat(frames.frame(event, false)).isSameAs(first);
    assertThat(frames.frame(event("t", 1, "1"), false)).isSameAs(first);
  }

  @Test
  void eachOfManyEventsHasItsOwnFrame() {
    for (int round = 0; round < 2; round++) {
      for (String topic : new String[] {"t", "u"}) {
        for (long seq = 1; seq <= 300; seq++) {
          EventRecord event = event(topic, seq, "\"" + topic + seq + "\"");
          assertThat(frames.frame(event, false)).isEqualTo(written(event, false));
        }
      }
    }
  }

  @Test
  void theSameEventInASnapshotIsAnotherFrame() {
    EventRecord event = event("t", 1, "1");
    byte[] live = frames.frame(event, false);

    assertThat(frames.frame(event, true)).isEqualTo(written(event, true));
    assertThat(live).isEqualTo(written(event, false));
  }

  @Test
  void aLargeEventIsNotHeld() {
    EventRecord event = event("t", 1, "\"" + "x".repeat(20_000) + "\"");
    byte[] first = frames.frame(event, false);

    assertThat(frames.frame(event, false)).isEqualTo(first).isNotSameAs(first);
  }
}
