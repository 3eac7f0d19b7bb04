package io.promlib.bus.internal;

import io.promlib.event.EventRecord;
import io.promlib.event.Published;
import io.promlib.store.Bounds;
import io.promlib.store.Draft;
import io.promlib.store.EventStore;
import io.promlib.store.Extent;
import io.promlib.store.LatestPage;
import io.promlib.store.Page;
import io.promlib.store.TopicSettings;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One process's way to the shared events: any call may crash it, or fail before or after. */
final class ShakyEvents implements EventStore {
  private final EventStore real;
  private final Faults faults;

  ShakyEvents(EventStore real, Faults faults) {
    this.real = real;
    this.faults = faults;
  }

  @Override
  public List<Published> append(String topic, List<Draft> events, long now) {
    return faults.strike("append", false, () -> real.append(topic, events, now));
  }

  @Override
  public List<Published> appendAt(String topic, long tail, List<Draft> events, long now) {
    return faults.strike("appendAt", false, () -> real.appendAt(topic, tail, events, now));
  }

  @Override
  public Page read(String topic, long from, int limit) {
    return faults.strike("read", true, () -> real.read(topic, from, limit));
  }

  @Override
  public Bounds bounds(String topic) {
    return faults.strike("bounds", true, () -> real.bounds(topic));
  }

  @Override
  public Extent extent(String topic) {
    return faults.strike("extent", true, () -> real.extent(topic));
  }

  @Override
  public Optional<EventRecord> find(String topic, String id) {
    return faults.strike("find", true, () -> real.find(topic, id));
  }

  @Override
  public OptionalLong firstSince(String topic, long ts) {
    return faults.strike("firstSince", true, () -> real.firstSince(topic, ts));
  }

  @Override
  public long lastUntil(String topic, long at) {
    return faults.strike("lastUntil", true, () -> real.lastUntil(topic, at));
  }

  @Override
  public Optional<EventRecord> latest(String topic, String key, long atMost) {
    return faults.strike("latest", true, () -> real.latest(topic, key, atMost));
  }

  @Override
  public void latest(
      String topic, Collection<String> keys, long atMost, Consumer<EventRecord> each) {
    boolean unused =
        faults.strike(
            "latest",
            true,
            () -> {
              real.latest(topic, keys, atMost, each);
              return true;
            });
  }

  @Override
  public Map<String, Long> latestSeqs(String topic, Collection<String> keys, long atMost) {
    return faults.strike("latestSeqs", true, () -> real.latestSeqs(topic, keys, atMost));
  }

  @Override
  public LatestPage latestPage(String topic, @Nullable String after, int limit, long atMost) {
    return faults.strike("latestPage", true, () -> real.latestPage(topic, after, limit, atMost));
  }

  @Override
  public boolean trim(String topic, long below, long now) {
    return faults.strike("trim", true, () -> real.trim(topic, below, now));
  }

  @Override
  public void removeBelow(String topic, long below) {
    faults.strike("removeBelow", true, () -> done(() -> real.removeBelow(topic, below)));
  }

  @Override
  public void remove(String topic, Collection<Long> seqs) {
    faults.strike("remove", true, () -> done(() -> real.remove(topic, seqs)));
  }

  @Override
  public long compacted(String topic) {
    return faults.strike("compacted", true, () -> real.compacted(topic));
  }

  @Override
  public void raiseCompacted(String topic, long to) {
    faults.strike("raiseCompacted", true, () -> done(() -> real.raiseCompacted(topic, to)));
  }

  @Override
  public List<String> topics() {
    return faults.strike("topics", true, real::topics);
  }

  @Override
  public void configure(String topic, TopicSettings settings) {
    faults.strike("configure", true, () -> done(() -> real.configure(topic, settings)));
  }

  @Override
  public TopicSettings settings(String topic) {
    return faults.strike("settings", true, () -> real.settings(topic));
  }

  @Override
  public Registration onAppend(String topic, Runnable listener) {
    return real.onAppend(
        topic,
        () -> {
          if (!faults.isOver()) {
            listener.run();
          }
        });
  }

  @Override
  public void close() {}

  private static boolean done(Runnable call) {
    call.run();
    return true;
  }
}
