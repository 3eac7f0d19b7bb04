package io.promlib.state;

import io.promlib.bus.EventBus;
import io.promlib.event.Topic;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Puts a {@link StateView} together; what is not given is the default. */
public final class StateViewBuilder<T> {
  private final EventBus bus;
  private final Topic<T> topic;
  private StateSource source;
  private int maxKeys = 1_000_000;
  private StateViewListener listener = StateViewListener.NONE;

  StateViewBuilder(EventBus bus, Topic<T> topic) {
    this.bus = bus;
    this.topic = topic;
    this.source = StateSource.of(topic.name());
  }

  /** Where the snapshots are; as the compactor was told. */
  public StateViewBuilder<T> snapshotTopic(String name) {
    source = source.snapshotTopic(name);
    return this;
  }

  /** Where the key of an event comes from that has none; as the compactor was told. */
  public StateViewBuilder<T> keySource(KeySource keys) {
    source = source.keySource(keys);
    return this;
  }

  /** Restricts the state to these keys; as the compactor was told. */
  public StateViewBuilder<T> keys(@Nullable Set<String> only) {
    source = source.keys(only);
    return this;
  }

  /** How many keys it may hold; default 1 000 000. With more it ends, saying so. */
  public StateViewBuilder<T> maxKeys(int most) {
    if (most < 1) {
      throw new IllegalArgumentException("maxKeys must be at least 1, is " + most);
    }
    maxKeys = most;
    return this;
  }

  public StateViewBuilder<T> listener(StateViewListener hears) {
    listener = hears;
    return this;
  }

  /**
   * Reads the snapshots and what the topic holds behind them, on the calling thread, and follows
   * the topic from then on.
   *
   * @throws io.promlib.bus.LimitException if there are more keys than {@code maxKeys}
   * @throws io.promlib.bus.GroupMismatchException if the snapshots were made with another keySource
   *     or other keys
   * @throws io.promlib.PromException if the store cannot be reached
   */
  public StateView<T> open() {
    StateView<T> view = new StateView<>(bus, topic, source, maxKeys, listener);
    view.open();
    return view;
  }
}
