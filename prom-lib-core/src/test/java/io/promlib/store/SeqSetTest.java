package io.promlib.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Against a plain set of numbers, on seeded random sets; the seed stands in the failure. */
class SeqSetTest {
  private static final int SEEDS = 2000;
  private static final int WIDTH = 40;

  @Test
  void aSetHoldsWhatItWasMadeOf() {
    for (int seed = 0; seed < SEEDS; seed++) {
      NavigableSet<Long> plain = random(new Random(seed));
      agree(seed, setOf(plain), plain);
    }
  }

  @Test
  void plusIsTheUnion() {
    for (int seed = 0; seed < SEEDS; seed++) {
      Random random = new Random(seed);
      NavigableSet<Long> one = random(random);
      NavigableSet<Long> other = random(random);
      NavigableSet<Long> union = new TreeSet<>(one);
      union.addAll(other);
      agree(seed, setOf(one).plus(setOf(other)), union);
    }
  }

  @Test
  void minusIsTheDifference() {
    for (int seed = 0; seed < SEEDS; seed++) {
      Random random = new Random(seed);
      NavigableSet<Long> one = random(random);
      NavigableSet<Long> other = random(random);
      NavigableSet<Long> difference = new TreeSet<>(one);
      difference.removeAll(other);
      agree(seed, setOf(one).minus(setOf(other)), difference);
    }
  }

  @Test
  void theSameSetOnAnyWayIsEqual() {
    for (int seed = 0; seed < SEEDS; seed++) {
      Random random = new Random(seed);
      NavigableSet<Long> plain = random(random);
      SeqSet oneByOne = SeqSet.EMPTY;
      for (long seq : plain) {
        oneByOne = oneByOne.plus(SeqSet.of(seq));
      }
      SeqSet cut = SeqSet.range(-5, WIDTH + 5);
      for (long seq = -5; seq <= WIDTH + 5; seq++) {
        if (!plain.contains(seq)) {
          cut = cut.minus(SeqSet.of(seq));
        }
      }
      assertThat(oneByOne).as("seed %s", seed).isEqualTo(setOf(plain)).isEqualTo(cut);
      assertThat(oneByOne).as("seed %s", seed).hasSameHashCodeAs(cut);
    }
  }

  @Test
  void positionsMayComeInAnyOrderAndTwice() {
    assertThat(SeqSet.of(7, 3, 4, 3, 9, 8)).isEqualTo(SeqSet.of(3, 4, 7, 8, 9));
    assertThat(SeqSet.of(5, 5, 5)).isEqualTo(SeqSet.range(5, 5));
  }

  @Test
  void onlyTheFirstPositionsOfAnArrayCountAndItStaysAsItWas() {
    long[] seqs = {9, 4, 5, 1};

    assertThat(SeqSet.of(seqs, 3)).isEqualTo(SeqSet.of(4, 5, 9));
    assertThat(SeqSet.of(seqs, 0)).isEqualTo(SeqSet.EMPTY);
    assertThat(seqs).containsExactly(9, 4, 5, 1);
  }

  @Test
  void aRangeThatEndsBeforeItBeginsIsEmpty() {
    assertThat(SeqSet.range(5, 4)).isEqualTo(SeqSet.EMPTY);
    assertThat(SeqSet.range(5, 5).size()).isEqualTo(1);
  }

  @Test
  void aRunOfAnyLengthIsOneRange() {
    SeqSet set = SeqSet.range(1, 1L << 50).plus(SeqSet.range((1L << 50) + 1, 1L << 60));

    assertThat(set.ranges()).isEqualTo(1);
    assertThat(set.size()).isEqualTo(1L << 60);
    assertThat(set.minus(SeqSet.of(1L << 40)).ranges()).isEqualTo(2);
  }

  @Test
  void theTextShowsRanges() {
    assertThat(SeqSet.of(1, 2, 3, 5, 8, 9)).hasToString("[1-3, 5, 8-9]");
    assertThat(SeqSet.EMPTY).hasToString("[]");
  }

  private static void agree(int seed, SeqSet set, NavigableSet<Long> plain) {
    List<Long> each = new ArrayList<>();
    set.forEach(each::add);
    assertThat(each).as("seed %s", seed).containsExactlyElementsOf(plain);
    assertThat(set.size()).as("seed %s", seed).isEqualTo(plain.size());
    assertThat(set.isEmpty()).as("seed %s", seed).isEqualTo(plain.isEmpty());
    assertThat(set.first(-77)).as("seed %s", seed).isEqualTo(plain.isEmpty() ? -77 : plain.first());
    assertThat(set.last(-77)).as("seed %s", seed).isEqualTo(plain.isEmpty() ? -77 : plain.last());
    int runs = 0;
    for (long seq = -2; seq <= WIDTH + 2; seq++) {
      assertThat(set.contains(seq)).as("seed %s, %s", seed, seq).isEqualTo(plain.contains(seq));
      runs += plain.contains(seq) && !plain.contains(seq - 1) ? 1 : 0;
    }
    assertThat(set.ranges()).as("seed %s: ranges never touch", seed).isEqualTo(runs);
  }

  private static SeqSet setOf(NavigableSet<Long> plain) {
    return SeqSet.of(plain.stream().mapToLong(Long::longValue).toArray());
  }

  private static NavigableSet<Long> random(Random random) {
    NavigableSet<Long> set = new TreeSet<>();
    int runs = random.nextInt(6);
    for (int i = 0; i < runs; i++) {
      long from = random.nextInt(WIDTH);
      long to = Math.min(WIDTH, from + random.nextInt(8));
      for (long seq = from; seq <= to; seq++) {
        set.add(seq);
      }
    }
    return set;
  }

  @Test
  void aSetComesBackFromItsBounds() {
    for (SeqSet set : List.of(SeqSet.EMPTY, SeqSet.range(1, 1), SeqSet.of(1, 2, 4, 9, 8))) {
      assertThat(SeqSet.ofBounds(set.bounds())).isEqualTo(set);
    }
    assertThat(SeqSet.of(1, 2, 4).bounds()).containsExactly(1, 2, 4, 4);
  }

  @Test
  void boundsThatAreNoneOfASetAreRefused() {
    for (long[] bounds : List.of(new long[] {1}, new long[] {2, 1}, new long[] {1, 2, 3, 4})) {
      assertThatThrownBy(() -> SeqSet.ofBounds(bounds))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("not the bounds of a set");
    }
  }
}
