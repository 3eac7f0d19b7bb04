package io.promlib.acl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TopicPatternTest {

  @Test
  void aNameMatchesItselfOnly() {
    assertThat(matching("orders.paid")).containsExactly("orders.paid");
  }

  @Test
  void aStarIsExactlyOneSegment() {
    assertThat(matching("orders.*")).containsExactly("orders.paid", "orders.x");
  }

  @Test
  void aDoubleStarAtTheEndMatchesNoSegmentAtAll() {
    assertThat(matching("orders.**"))
        .containsExactly("orders", "orders.paid", "orders.x", "orders.x.paid", "orders.x.y.paid");
  }

  @Test
  void aDoubleStarInTheMiddleMatchesNoSegmentAtAll() {
    assertThat(matching("orders.**.paid"))
        .containsExactly("orders.paid", "orders.x.paid", "orders.x.y.paid");
  }

  @Test
  void aDoubleStarInFrontMatchesNoSegmentAtAll() {
    assertThat(matching("**.paid"))
        .containsExactly("paid", "orders.paid", "orders.x.paid", "orders.x.y.paid", "ordersx.paid");
  }

  @Test
  void aStarBesideADoubleStarAsksForOneSegmentMore() {
    assertThat(matching("orders.*.**")).isEqualTo(matching("orders.**.*"));
    assertThat(matching("orders.*.**"))
        .containsExactly("orders.paid", "orders.x", "orders.x.paid", "orders.x.y.paid");
  }

  @Test
  void upperAndLowerCaseDiffer() {
    assertThat(TopicPattern.of("Orders").matches("orders")).isFalse();
  }

  @Test
  void everyShortPatternMatchesWhatItsDefinitionSays() {
    List<String> topics = Patterns.all(5, "a", "b", "ab");
    for (String pattern : Patterns.all(5, "a", "b", "*", "**")) {
      TopicPattern compiled = TopicPattern.of(pattern);
      for (String topic : topics) {
        if (compiled.matches(topic) != Patterns.matchesByDefinition(pattern, topic)) {
          assertThat(compiled.matches(topic))
              .as("%s on %s", pattern, topic)
              .isEqualTo(Patterns.matchesByDefinition(pattern, topic));
        }
      }
    }
  }

  @Test
  void longerRandomPatternsMatchWhatTheirDefinitionSays() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int i = 0; i < 50_000; i++) {
      String pattern = Patterns.random(random, 12, "a", "b", "aa", "*", "**");
      String topic = Patterns.random(random, 14, "a", "b", "aa");
      assertThat(TopicPattern.of(pattern).matches(topic))
          .as("%s on %s, seed %d", pattern, topic, seed)
          .isEqualTo(Patterns.matchesByDefinition(pattern, topic));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"**.a.", "**.*.a.", "**.a.**.b.", "**.a.a.a.a.a.a.a.a.", "*.**."})
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void noPatternTakesLong(String repeated) {
    TopicPattern pattern =
        TopicPattern.of(Patterns.filled(repeated, TopicPattern.MAX_LENGTH - 2) + ".b");
    String topic = Patterns.filled("a.", 193);
    for (int i = 0; i < 1_000; i++) {
      assertThat(pattern.matches(topic)).isFalse();
    }
  }

  @Test
  void matchingAllocatesNothing() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    TopicPattern pattern = TopicPattern.of("orders.*.**.paid");
    int matched = pattern.matches("orders.eu.germany.berlin.paid") ? 1 : 0;
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < 20_000; i++) {
      matched += pattern.matches("orders.eu.germany.berlin.paid") ? 1 : 0;
    }
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    assertThat(matched).isEqualTo(20_001);
    assertThat(allocated).isLessThan(20_000);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "a.", ".a", "a..b", "a b", "a*", "*", "**", "a/b", "ä", "a\n"})
  void whatIsNoTopicNameIsInNoSet(String topic) {
    for (String pattern : List.of("**", "*", "*.*", "a.**", "**.a", "a.*", "*.*.*")) {
      assertThat(TopicPattern.of(pattern).matches(topic)).as(pattern).isFalse();
    }
  }

  @Test
  void aTopicMayHave193CharactersAndNoMore() {
    assertThat(TopicPattern.of("**").matches("a".repeat(193))).isTrue();
    assertThat(TopicPattern.of("**").matches("a".repeat(194))).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "a..b; segment 2 of the pattern \"a..b\" is empty: take out the extra dot",
        ".a; segment 1 of the pattern \".a\" is empty",
        "a.; segment 2 of the pattern \"a.\" is empty",
        "x.a*; segment 2 of the pattern \"x.a*\" is \"a*\": a * stands for a whole segment",
        "*a.b; segment 1 of the pattern \"*a.b\" is \"*a\": a * stands for a whole segment",
        "x.***; segment 2 of the pattern \"x.***\" is \"***\": a * stands for a whole segment",
        "a.b c; segment 2 of the pattern \"a.b c\" holds \" \": use letters, digits, - and _ only",
        "a.#; segment 2 of the pattern \"a.#\" holds \"#\": use letters",
        "ä; segment 1 of the pattern \"\\u00e4\" holds \"\\u00e4\": use letters"
      })
  void aBadSegmentIsRefusedByItsNumber(String pattern, String message) {
    assertThatThrownBy(() -> TopicPattern.of(pattern))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(message);
  }

  @Test
  void anEmptyPatternIsRefused() {
    assertThatThrownBy(() -> TopicPattern.of(""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the pattern is empty: name a topic, or write ** for every topic");
  }

  @Test
  void aPatternMayHave193CharactersAndNoMore() {
    assertThat(TopicPattern.of("a".repeat(193)).matches("a".repeat(193))).isTrue();
    assertThatThrownBy(() -> TopicPattern.of("a".repeat(194)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "the pattern has 194 characters and may have 193: put ** in place of a part"
                + " of it");
  }

  @Test
  void aMessageCannotBreakALogLine() {
    assertThatThrownBy(() -> TopicPattern.of("a\r\nb"))
        .hasMessageContaining("\"a\\u000d\\u000ab\"")
        .hasMessageNotContainingAny("\r", "\n");
  }

  @Test
  void itIsKnownByTheWayItIsWritten() {
    assertThat(TopicPattern.of("a.**"))
        .isEqualTo(TopicPattern.of("a.**"))
        .hasSameHashCodeAs(TopicPattern.of("a.**"))
        .isNotEqualTo(TopicPattern.of("a.*"))
        .hasToString("a.**");
  }

  @ParameterizedTest
  @CsvSource({"**,true", "**.**,true", "*.**,true", "**.*.**,true", "*,false", "*.*.**,false"})
  void itKnowsWhetherItMatchesEveryTopic(String pattern, boolean everyTopic) {
    assertThat(TopicPattern.of(pattern).matchesEveryTopic()).isEqualTo(everyTopic);
  }

  @Test
  void aPatternWithANameDoesNotMatchEveryTopic() {
    assertThat(TopicPattern.of("**.a").matchesEveryTopic()).isFalse();
  }

  private static List<String> matching(String pattern) {
    TopicPattern compiled = TopicPattern.of(pattern);
    return List.of(
            "orders",
            "paid",
            "orders.paid",
            "orders.x",
            "orders.x.paid",
            "orders.x.y.paid",
            "ordersx.paid",
            "xorders")
        .stream()
        .filter(compiled::matches)
        .toList();
  }
}
