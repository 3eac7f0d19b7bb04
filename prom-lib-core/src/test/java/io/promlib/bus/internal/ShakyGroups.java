package io.promlib.bus.internal;

import io.promlib.store.GroupKey;
import io.promlib.store.GroupState;
import io.promlib.store.GroupStore;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One process's way to the shared groups: as {@link ShakyEvents}, and writes may lose as well. */
final class ShakyGroups implements GroupStore {
  private final GroupStore real;
  private final Faults faults;
  private final Watch watch;

  /** Sees each write that took effect. */
  interface Watch {
    void wrote(GroupKey group, GroupState before, GroupState after);
  }

  ShakyGroups(GroupStore real, Faults faults, Watch watch) {
    this.real = real;
    this.faults = faults;
    this.watch = watch;
  }

  @Override
  public Optional<Versioned> load(GroupKey group) {
    return faults.strike("load", true, () -> real.load(group));
  }

  @Override
  public Optional<Versioned> compareAndSet(
      GroupKey group, @Nullable Version expected, GroupState next) {
    return faults.strike(
        "compareAndSet",
        true,
        () -> {
          if (faults.loses()) {
            return Optional.empty();
          }
          Optional<Versioned> before = real.load(group);
          Optional<Versioned> written = real.compareAndSet(group, expected, next);
          if (written.isPresent() && before.isPresent()) {
            watch.wrote(group, before.get().state(), next);
          }
          return written;
        });
  }

  @Override
  public boolean delete(GroupKey group, Version expected) {
    return faults.strike("delete", true, () -> real.delete(group, expected));
  }

  @Override
  public List<GroupKey> list() {
    return faults.strike("list", true, real::list);
  }

  @Override
  public Map<String, Versioned> loadAll(String topic) {
    return faults.strike("loadAll", true, () -> real.loadAll(topic));
  }

  @Override
  public List<GroupKey> expired(long now) {
    return faults.strike("expired", true, () -> real.expired(now));
  }

  @Override
  public void close() {}
}
