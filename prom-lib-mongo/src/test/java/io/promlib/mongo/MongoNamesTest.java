package io.promlib.mongo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MongoNamesTest {
  @Test
  void theDefaultsAreThoseOfTheProtocol() {
    assertThat(MongoNames.defaults())
        .isEqualTo(
            new MongoNames("events", "cursors", "topics", "outbox", "outbox_keys", "dedupe"));
    assertThat(MongoNames.withPrefix("shop_").outboxKeys()).isEqualTo("shop_outbox_keys");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "system.events", "a$b", "a\0b"})
  void aNameThatMongoDbDoesNotTakeIsRefused(String name) {
    assertThatThrownBy(() -> new MongoNames(name, "b", "c", "d", "e", "f"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a collection's name must");
  }

  @Test
  void twoCollectionsOfOneNameAreRefused() {
    assertThatThrownBy(() -> new MongoNames("a", "b", "c", "d", "e", "a"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("two collections have the name 'a'");
  }
}
