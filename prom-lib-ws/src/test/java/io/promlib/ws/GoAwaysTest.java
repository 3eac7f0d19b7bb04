package io.promlib.ws;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GoAwaysTest {
  private static LongStream waits(int clients) {
    return IntStream.range(0, clients).mapToLong(i -> GoAways.reconnectMillis(i, clients));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 100, 500, 501, 10_000, 99_999})
  void eachClientComesBackAtAnotherTime(int clients) {
    assertThat(waits(clients).distinct().count()).isEqualTo(clients);
  }

  @Test
  void theMoreClientsThereAreTheLongerTheyAreSpread() {
    assertThat(waits(100).max().orElseThrow()).isBetween(1000L, 1100L);
    assertThat(waits(10_000).max().orElseThrow()).isBetween(20_000L, 20_100L);
  }

  @Test
  void noTenthOfTheTimeHasMoreThanATenthOfTheClients() {
    List<Long> waits = waits(10_000).boxed().toList();
    for (int tenth = 0; tenth < 10; tenth++) {
      long from = 100 + 2000L * tenth;
      assertThat(waits).filteredOn(wait -> wait >= from && wait < from + 2000).hasSize(1000);
    }
  }
}
