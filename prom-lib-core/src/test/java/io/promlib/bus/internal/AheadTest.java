package io.promlib.bus.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.event.EventMeta;
import io.promlib.event.EventRecord;
import io.promlib.event.Payload;
import io.promlib.store.Slots;
import java.util.List;
import org.junit.jupiter.api.Test;

class AheadTest {
  private static final int ALL = -1;

  private final Ahead ahead = new Ahead();

  @Test
  void aPageIsOfWhatIsWantedAndOfNotTooMuchOfOthers() {
    assertThat(Ahead.limit(100, Slots.COUNT)).isEqualTo(100);
    assertThat(Ahead.limit(100, 16)).isEqualTo(200);
    assertThat(Ahead.limit(4, 1)).isEqualTo(128);
    assertThat(Ahead.limit(100, 1)).isEqualTo(512);
    assertThat(Ahead.limit(600, 1)).isEqualTo(600);
    assertThat(Ahead.limit(5000, 1)).isEqualTo(1000);
  }

  @Test
  void aPageThatIsUsedUpIsNotKept() {
    ahead.read(1, 2, List.of(record(1), record(2)));
    assertThat(ahead.readsFrom(Slots.at(1), ALL, 2)).isZero();
    assertThat(ahead.size()).isEqualTo(2);

    assertThat(ahead.readsFrom(Slots.at(3), ALL, 2)).isZero();

    assertThat(ahead.size()).isZero();
  }

  @Test
  void aPageIsNotKeptWhenNoSlotIsOwnedAnyMore() {
    ahead.read(1, 2, List.of(record(1), record(2)));

    ahead.keep(0);

    assertThat(ahead.size()).isZero();
  }

  @Test
  void anEventOfAPageThatIsNotKeptIsReadAgainForASlotThatCameLater() {
    int later = 1 << Ahead.slot(record(2));
    ahead.read(1, 2, List.of(record(2)));
    assertThat(ahead.readsFrom(Slots.at(1), ALL & ~later, 2)).isZero();

    assertThat(ahead.find(Slots.at(1), ALL, 10).slots().next(Ahead.slot(record(2)))).isEqualTo(1);
    assertThat(ahead.readsFrom(Slots.at(1), ALL, 2)).isEqualTo(1);
  }

  private static EventRecord record(long seq) {
    return new EventRecord("e" + seq, seq, 0, 0, "t", Payload.NULL, EventMeta.NONE);
  }
}
