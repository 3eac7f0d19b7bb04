package io.promlib.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NamesTest {

  @ParameterizedTest
  @ValueSource(strings = {"a", "Z9", "a.b.c", "a-b_c.0", "-", "_"})
  void aTopicIsDottedSegments(String name) {
    assertThat(Names.topic(name)).isSameAs(name);
    assertThat(Names.group(name)).isSameAs(name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", ".a", "a.", "a..b", "a b", "a/b", "a*", "é", "a\u0000", "#"})
  void anythingElseIsRefusedByItsRule(String name) {
    assertThatThrownBy(() -> Names.topic(name))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("topic ");
    assertThatThrownBy(() -> Names.group(name))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("group ");
  }

  @Test
  void theLongestNamesAreAllowedAndOneMoreIsNot() {
    for (String longest : List.of("t".repeat(180), Names.deadLetterTopic("t".repeat(180)))) {
      assertThat(Names.topic(longest)).isEqualTo(longest);
      assertThatThrownBy(() -> Names.topic(longest + "t")).hasMessageContaining("characters, has");
    }
    Names.group("g".repeat(100));
    assertThatThrownBy(() -> Names.group("g".repeat(101))).hasMessageContaining("100");
    Names.key("k".repeat(256));
    assertThatThrownBy(() -> Names.key("k".repeat(257))).hasMessageContaining("256");
    Names.id("i".repeat(128));
    assertThatThrownBy(() -> Names.id("i".repeat(129))).hasMessageContaining("128");
  }

  @Test
  void aKeyMayHoldAnyCharacterButNotBeEmpty() {
    assertThat(Names.key(" \u0000😀\n")).isEqualTo(" \u0000😀\n");
    assertThatThrownBy(() -> Names.key("")).hasMessageContaining("key must have 1 to 256");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "a b", "a\tb", "\u007f", "\u0085", "\u00a0", "\u2003", "\u0000"})
  void anIdWithSpacesOrControlsIsRefused(String id) {
    assertThatThrownBy(() -> Names.id(id))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("id must have");
  }

  @ParameterizedTest
  @ValueSource(ints = {0xd83d, 0xde00})
  void halfOfASurrogatePairIsRefusedSinceUtf8WouldMakeTwoNamesOne(int half) {
    String lone = String.valueOf((char) half);
    for (String name : List.of(lone, "a" + lone, lone + "a", lone + lone)) {
      assertThatThrownBy(() -> Names.id(name)).hasMessageStartingWith("id must be Unicode");
      assertThatThrownBy(() -> Names.key(name)).hasMessageStartingWith("key must be Unicode");
    }
  }

  @Test
  void anIdMayHoldAnyPrintableCharacter() {
    assertThat(Names.id("order:7/é😀~!")).isEqualTo("order:7/é😀~!");
  }

  @Test
  void theBusesOwnTopicsAreReserved() {
    assertThat(Names.isReserved(Names.deadLetterTopic("a"))).isTrue();
    assertThat(Names.isReserved("a" + Names.SNAPSHOT_SUFFIX)).isTrue();
    assertThat(Names.isReserved("dlqa")).isFalse();
    assertThat(Names.isReserved("a.snapshots")).isFalse();
  }
}
