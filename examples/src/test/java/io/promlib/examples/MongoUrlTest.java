package io.promlib.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MongoUrlTest {

  @Test
  void withoutTheVariableItIsTheDatabasePromOfThisMachine() {
    assertThat(MongoUrl.of(new Environment(Map.of()))).hasToString("127.0.0.1:27017/prom");
    assertThat(of("")).hasToString("127.0.0.1:27017/prom");
  }

  @Test
  void hostsAndDatabaseAreShownAndNoPassword() {
    assertThat(of("mongodb://me:a-password@a:1,b:2/other?replicaSet=rs0"))
        .hasToString("a:1,b:2/other");
    assertThat(of("mongodb://a")).hasToString("a/prom");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1:27017",
        "http://127.0.0.1/prom",
        "mongodb://",
        "mongodb://a:port/prom",
        "mongodb://a/prom?w=majority&readPreference=nearby"
      })
  void whatIsNoAddressIsRefusedByName(String wrong) {
    assertThatThrownBy(() -> of(wrong))
        .isInstanceOf(UsageException.class)
        .hasMessageStartingWith("MONGO_URL is wrong: it must be an address such as mongodb://");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mongodb://me:a-pass@word@127.0.0.1/prom",
        "mongodb://me:a-pass/word@127.0.0.1/prom",
        "mongodb://me:a-pass%word@127.0.0.1/prom"
      })
  void aPasswordThatSpoilsTheAddressIsNotPrinted(String wrong) {
    assertThatThrownBy(() -> of(wrong))
        .isInstanceOf(UsageException.class)
        .hasMessageStartingWith("MONGO_URL is wrong")
        .hasMessageNotContainingAny("pass", "word");
  }

  @Test
  void whatIsInTheOptionsIsNotPrinted() {
    assertThatThrownBy(() -> of("mongodb://a/prom?w=majority&readPreference=nearby"))
        .isInstanceOf(UsageException.class)
        .hasMessageStartingWith("MONGO_URL is wrong")
        .hasMessageNotContaining("nearby");
  }

  @Test
  void whatTheDriverRefusesAtLastIsAnErrorThatNamesTheVariable() {
    assertThatThrownBy(() -> of("mongodb://a/prom?minPoolSize=5&maxPoolSize=2").connect())
        .isInstanceOf(UsageException.class)
        .hasMessageStartingWith("MONGO_URL (a/prom)");
  }

  private static MongoUrl of(String url) {
    return MongoUrl.of(new Environment(Map.of("MONGO_URL", url)));
  }
}
