package io.promlib.outbox;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.promlib.event.Json;
import io.promlib.time.Timing;
import org.jspecify.annotations.Nullable;

/** Puts an {@link InMemoryOutboxStore} together; what is not given is the default. */
public final class InMemoryOutboxStoreBuilder {
  int maxUnsent = 100_000;
  int maxSent = 100_000;
  int maxOrderedKeys = 100_000;
  ObjectMapper mapper = Json.mapper();
  @Nullable Timing timing;

  InMemoryOutboxStoreBuilder() {}

  /** The most records that are not sent; default 100 000. One more is refused. */
  public InMemoryOutboxStoreBuilder maxUnsent(int records) {
    maxUnsent = atLeastOne("maxUnsent", records);
    return this;
  }

  /**
   * The most sent records that are kept, whatever their retention; default 100 000. Beyond that the
   * oldest go, and with them the knowledge that their ids were added.
   */
  public InMemoryOutboxStoreBuilder maxSent(int records) {
    maxSent = atLeastOne("maxSent", records);
    return this;
  }

  /**
   * The most keys whose order callers give; default 100 000. Where such a key stands is remembered
   * for as long as the store lives; a record of one more is refused.
   */
  public InMemoryOutboxStoreBuilder maxOrderedKeys(int keys) {
    maxOrderedKeys = atLeastOne("maxOrderedKeys", keys);
    return this;
  }

  /** Writes payloads. */
  public InMemoryOutboxStoreBuilder mapper(ObjectMapper json) {
    mapper = json;
    return this;
  }

  /** Default: the machine's clocks. One that is given stays the host's to close. */
  public InMemoryOutboxStoreBuilder timing(Timing clock) {
    timing = clock;
    return this;
  }

  public InMemoryOutboxStore build() {
    return new InMemoryOutboxStore(this);
  }

  private static int atLeastOne(String what, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(what + " must be at least 1, is " + value);
    }
    return value;
  }
}
