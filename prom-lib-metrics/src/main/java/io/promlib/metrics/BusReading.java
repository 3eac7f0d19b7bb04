package io.promlib.metrics;

import io.promlib.bus.BusAdmin;
import io.promlib.bus.EventBus;
import io.promlib.bus.GroupLag;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Reads how far the groups of a bus are behind. */
final class BusReading {
  private final BusAdmin admin;
  private final long now;
  private final Map<String, Map<Long, Double>> ages = new HashMap<>();

  private BusReading(BusAdmin admin, long now) {
    this.admin = admin;
    this.now = now;
  }

  /**
   * At most as many pairs as have series of their own, those that have some already before others,
   * and all further groups as one. Events are read for the oldest not done of each of these pairs,
   * and for the oldest of the further groups of each topic.
   */
  static Map<Pair, Behind> read(EventBus bus, Pairs<?> pairs, long now) {
    return new BusReading(bus.admin(), now).all(pairs);
  }

  private Map<Pair, Behind> all(Pairs<?> pairs) {
    List<GroupLag> lags = pairs.knownFirst(admin.lags(), BusReading::pair);
    Map<Pair, Behind> all = new TreeMap<>();
    int own = Math.min(lags.size(), Pairs.MOST);
    for (GroupLag lag : lags.subList(0, own)) {
      double oldest = lag.lag() == 0 ? 0 : age(lag.topic(), lag.floor());
      all.put(pair(lag), new Behind(lag.lag(), lag.inFlight(), oldest));
    }
    Map<String, Long> furthest = new TreeMap<>();
    for (GroupLag lag : lags.subList(own, lags.size())) {
      all.merge(Pair.OTHER, new Behind(lag.lag(), lag.inFlight(), 0), Behind::and);
      if (lag.lag() > 0) {
        furthest.merge(lag.topic(), lag.floor(), Math::min);
      }
    }
    furthest.forEach(
        (topic, floor) -> all.merge(Pair.OTHER, new Behind(0, 0, age(topic, floor)), Behind::and));
    return all;
  }

  /** In seconds, of the first event behind this position; NaN if there is none. */
  private double age(String topic, long floor) {
    return ages.computeIfAbsent(topic, name -> new HashMap<>())
        .computeIfAbsent(
            floor,
            position ->
                admin.read(topic, position + 1, 1).events().stream()
                    .mapToDouble(event -> Math.max(0, now - event.at()) / 1e3)
                    .findFirst()
                    .orElse(Double.NaN));
  }

  private static Pair pair(GroupLag lag) {
    return new Pair(lag.topic(), lag.group());
  }
}
