package io.promlib.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.event.EventRecord;
import io.promlib.event.PublishOptions;
import io.promlib.state.Compactor;
import io.promlib.state.CompactorBuilder;
import io.promlib.state.Snapshot;
import io.promlib.state.StateView;
import io.promlib.store.EventStore;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A keyed topic, its snapshots, and what a fold of it gives. */
abstract class KeyedScenarios extends EngineScenarios {
  protected static final String SNAPSHOTS = ORDERS.name() + ".snapshot";

  protected final long put(String key, @Nullable String value) {
    return bus().publish(ORDERS, value, PublishOptions.none().key(key)).seq();
  }

  protected final CompactorBuilder compactor() {
    return compactor(process().stores());
  }

  protected final CompactorBuilder compactor(Stores stores) {
    return Compactor.builder(stores.events(), stores.groups(), ORDERS.name()).timing(clock);
  }

  protected final EventStore events() {
    return process().stores().events();
  }

  /** What the snapshot topic holds, in its order. */
  protected final List<Snapshot> snapshots() {
    return Drafts.all(events(), SNAPSHOTS).stream().map(Snapshot::read).toList();
  }

  /** What the snapshots say, tombstones left out. */
  protected final Map<String, String> snapshotted() {
    Map<String, String> values = new TreeMap<>();
    for (Snapshot snapshot : snapshots()) {
      if (snapshot.isTombstone()) {
        values.remove(snapshot.key());
      } else {
        values.put(snapshot.key(), snapshot.payload().tree().asText());
      }
    }
    return values;
  }

  /** The topic folded up to a position. */
  protected final Map<String, String> fold(long to) {
    Map<String, String> values = new TreeMap<>();
    for (EventRecord event : Drafts.all(events(), ORDERS.name())) {
      String key = event.key();
      if (key != null && event.seq() <= to) {
        if (event.payload().isNull()) {
          values.remove(key);
        } else {
          values.put(key, event.payload().tree().asText());
        }
      }
    }
    return values;
  }

  protected final Map<String, String> fold() {
    return fold(Long.MAX_VALUE);
  }

  /** At most one snapshot of each key, and each the last of its key. */
  protected final void assertSnapshotsAreThoseOfTheFold() {
    Map<String, Long> seqs = new LinkedHashMap<>();
    for (Snapshot snapshot : snapshots()) {
      assertThat(seqs.put(snapshot.key(), snapshot.seq())).as(snapshot.key()).isNull();
    }
    assertThat(snapshotted()).isEqualTo(fold());
    Map<String, Long> last =
        Drafts.all(events(), ORDERS.name()).stream()
            .filter(event -> event.key() != null)
            .collect(
                Collectors.toMap(
                    event -> String.valueOf(event.key()), EventRecord::seq, Math::max));
    assertThat(last).containsAllEntriesOf(seqs);
  }

  /** Of no key stands an older value behind a newer one. */
  protected final void assertSnapshotsNeverGoBack() {
    Map<String, Long> seqs = new LinkedHashMap<>();
    for (Snapshot snapshot : snapshots()) {
      Long before = seqs.put(snapshot.key(), snapshot.seq());
      assertThat(before == null || before < snapshot.seq()).as(snapshot.toString()).isTrue();
    }
  }

  protected final StateView<String> view() {
    StateView<String> view = StateView.open(bus(), ORDERS);
    run();
    return view;
  }
}
