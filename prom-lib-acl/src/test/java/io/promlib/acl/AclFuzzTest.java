package io.promlib.acl;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.testkit.fuzz.Bytes;
import io.promlib.testkit.fuzz.Fuzz;
import io.promlib.testkit.fuzz.JsonInputs;
import io.promlib.testkit.fuzz.Odd;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every text is a policy, scopes or a pattern that comes back equal, or is refused by name. */
class AclFuzzTest {
  private static final int ROUNDS = 5_000;
  private static final List<byte[]> POLICIES =
      Stream.of(
              "{'rules':[{'effect':'allow','action':'publish','topics':['a.*','b.**.c']}]}",
              "{'rules':[{'effect':'deny','action':'*','topics':['**'],'groups':['g','*']}]}",
              "{'rules':[{'effect':'allow','action':'subscribe','topics':['a'],'groups':['g']},"
                  + "{'effect':'deny','action':'subscribe','topics':['a.b']}]}")
          .map(json -> bytes(json.replace('\'', '"')))
          .toList();
  private static final List<byte[]> SCOPES =
      Stream.of("publish:a.*", "subscribe:**", "*:a.b", "openid publish", "*")
          .map(AclFuzzTest::bytes)
          .toList();
  private static final List<byte[]> PATTERNS =
      Stream.of("a.*.b", "**", "a.**.b.**.c", "x-1._2.*").map(AclFuzzTest::bytes).toList();

  @Test
  void aPolicyIsReadAndWrittenEqualOrRefused() {
    Fuzz.run(
        getClass(),
        "policy",
        ROUNDS,
        JsonInputs.from(POLICIES),
        input -> {
          Policy policy;
          try {
            policy = Policy.fromJson(text(input));
          } catch (IllegalArgumentException refused) {
            return checkRefusal(refused);
          }
          assertThat(Policy.fromJson(policy.toJson())).isEqualTo(policy);
          policy.allowsSubscribe("a.b.c", "g");
          return true;
        });
  }

  @Test
  void scopesGrantWhatTheySayOrNothing() {
    Fuzz.run(
        getClass(),
        "scopes",
        ROUNDS,
        random -> mutated(SCOPES, random),
        input -> {
          String scopes = text(input);
          int words = scopes.split(" ").length;
          assertThat(Scopes.policy(scopes).rules()).hasSizeLessThanOrEqualTo(words);
          try {
            assertThat(Scopes.policy(List.of(scopes)).rules()).hasSize(1);
            return true;
          } catch (IllegalArgumentException refused) {
            return checkRefusal(refused);
          }
        });
  }

  @Test
  void aPatternMatchesByItsDefinitionOrIsRefused() {
    Fuzz.run(
        getClass(),
        "pattern",
        ROUNDS,
        random -> mutated(PATTERNS, random),
        input -> {
          String text = text(input);
          TopicPattern pattern;
          try {
            pattern = TopicPattern.of(text);
          } catch (IllegalArgumentException refused) {
            pattern = TopicPattern.of("**");
            assertThat(pattern.matches(text)).isEqualTo(Names.isTopic(text));
            return checkRefusal(refused);
          }
          assertThat(TopicPattern.of(pattern.toString())).isEqualTo(pattern);
          for (String topic : List.of("a", "a.b", "a.x.b", "a.b.c", "a.x.b.y.c", "x-1._2.z")) {
            if (text.split("\\.").length < 12) {
              assertThat(pattern.matches(topic))
                  .isEqualTo(Patterns.matchesByDefinition(text, topic));
            }
          }
          return true;
        });
  }

  private static byte[] mutated(List<byte[]> from, Random random) {
    byte[] one = from.get(random.nextInt(from.size()));
    return switch (random.nextInt(8)) {
      case 0 -> bytes(Odd.string(random));
      case 1 -> one;
      default -> Bytes.mutate(one, from, random);
    };
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(byte[] utf8) {
    return new String(utf8, StandardCharsets.UTF_8);
  }

  private static boolean checkRefusal(IllegalArgumentException refused) {
    String message = String.valueOf(refused.getMessage());
    assertThat(message).isNotBlank().hasSizeLessThan(2500).doesNotContain("Exception");
    return false;
  }
}
