package io.promlib.state;

import io.promlib.PromException;
import io.promlib.bus.BusClosedException;
import io.promlib.bus.EventBus;
import io.promlib.bus.LimitException;
import io.promlib.bus.internal.Wiring;
import io.promlib.event.Names;
import io.promlib.event.Topic;
import io.promlib.state.Values.Held;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The latest of every key of a topic, held in memory and kept current: warm at once from what a
 * {@link Compactor} keeps, or from the topic's beginning where there is none. At every moment it is
 * the fold of the topic up to the position that it names; {@link #state()} gives both together.
 * Safe for use by many threads; reads make no store calls.
 *
 * <p>It follows the topic on the bus's workers, and holds no thread while nothing comes. While the
 * store fails it stands still and tries again; when retention overtook it, it begins anew from the
 * snapshots, and positions that those do not hold are told to the listener. It is closed before the
 * bus is; a view that is not ends when the closed bus's workers or stores refuse it, and tells its
 * listener.
 *
 * <pre>{@code
 * try (StateView<ProcessState> view = StateView.open(bus, Topics.PROCESS_STATE)) {
 *   view.get("host:java:4711").ifPresent(state -> show(state));
 * }
 * }</pre>
 */
public final class StateView<T> implements AutoCloseable {
  /*
   * One task at a time steps; only it touches `tail`, `staged`, `fresh` and `toldGap`. A step reads a page and stages what it
   * brings; when the position is one as of which that is a state (see Tail), all that is staged is shown at once. A cold
   * start, and a new start after a gap, stage the snapshots the same way, `fresh` telling that what they do not hold is to
   * go: until then the state before is shown, which is right for the position that it names.
   *
   * Whatever is thrown in a step, by the store, a decoder or for want of memory, leaves what is shown as it was, and what is
   * staged for the next step, which shows it if the tail is further than what is shown.
   */
  private static final Logger LOG = LoggerFactory.getLogger(StateView.class);

  /* Keys that are shown, and are to go, are staged too. */
  private static final int SPARE = 1000;

  private final EventBus bus;
  private final String topic;
  private final Topic<T> typed;
  private final int maxKeys;
  private final StateViewListener listener;
  private final Snapshots snapshots;
  private final Wiring wiring;
  private final Following following;
  private final Values<T> values = new Values<>();
  private final List<StateListener<T>> listeners = new CopyOnWriteArrayList<>();
  private final Map<String, Snapshot> staged = new LinkedHashMap<>();
  private @Nullable Tail tail;
  private boolean fresh;
  private long toldGap;
  private volatile boolean warm;
  private volatile @Nullable LimitException ended;

  StateView(
      EventBus bus, Topic<T> typed, StateSource source, int maxKeys, StateViewListener listener) {
    this.bus = bus;
    this.topic = source.topic();
    this.typed = typed;
    this.maxKeys = maxKeys;
    this.listener = listener;
    this.wiring = Wiring.of(bus);
    this.snapshots = Snapshots.of(wiring.events(), wiring.groups(), source);
    this.following = new Following(wiring, topic, this::step, this::failed);
  }

  /** The view of a topic by its events' own keys, with the defaults. */
  public static <T> StateView<T> open(EventBus bus, Topic<T> topic) {
    return builder(bus, topic).open();
  }

  public static <T> StateViewBuilder<T> builder(EventBus bus, Topic<T> topic) {
    return new StateViewBuilder<>(bus, topic);
  }

  void open() {
    try {
      following.open(() -> warm);
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /**
   * The value of a key, if it has one.
   *
   * @throws LimitException if the view ended for having too many keys; as all methods that read
   */
  public Optional<T> get(String key) {
    Names.key(key);
    requireCurrent();
    return Optional.ofNullable(values.get(key));
  }

  /** The values of all keys as of one position, which {@link #state()} names too. */
  public Map<String, T> all() {
    return state().values();
  }

  /**
   * The values of all keys, and the position that they are as of. What it holds does not change.
   */
  public State<T> state() {
    requireCurrent();
    return values.state();
  }

  /** The position that it stands at. */
  public long seq() {
    requireCurrent();
    return values.seq();
  }

  /** How many keys have a value. */
  public int size() {
    requireCurrent();
    return values.size();
  }

  /**
   * Waits until it stands at a position or beyond, such as that of an event just published; false
   * if that took too long or the view was closed.
   */
  public boolean awaitSeq(long seq, Duration most) throws InterruptedException {
    if (most.isNegative()) {
      throw new IllegalArgumentException("the time to wait must not be negative, is " + most);
    }
    requireCurrent();
    boolean there = values.await(seq, most, wiring.timing());
    requireCurrent();
    return there;
  }

  /** Tells the listener of every change from now on. Closing the answer ends that. */
  public Registration onChange(StateListener<T> hears) {
    // One listener may be added twice, and each is taken out by itself.
    StateListener<T> own = (key, value, seq) -> hears.onChange(key, value, seq);
    listeners.add(own);
    return () -> listeners.remove(own);
  }

  /** What ends a listener's calls. */
  public interface Registration {
    void close();
  }

  /** Follows no more; what it holds can still be read. Idempotent, and throws nothing. */
  @Override
  public void close() {
    following.close();
    values.end();
  }

  // ---------------------------------------------------------------- following

  private Following.Step step() {
    Tail at = tail;
    if (at == null) {
      at = start();
    }
    // A gap is dealt with first if the store failed when that was begun.
    boolean any = at.gap() == 0 && at.step(this::stage);
    if (at.gap() > 0 && isAnew(at)) {
      tail = null;
      return Following.Step.MORE;
    }
    if (at.isReached() && (fresh || at.position() > values.seq())) {
      show(at.position());
    }
    if (any) {
      return Following.Step.MORE;
    }
    boolean behind = !at.isReached() || wiring.events().bounds(topic).tail() > at.position();
    return behind ? Following.Step.LATER : Following.Step.NOTHING;
  }

  private Tail start() {
    staged.clear();
    fresh = true;
    ColdStart start = new ColdStart(snapshots);
    for (List<Snapshot> page = start.next(); !page.isEmpty(); page = start.next()) {
      page.forEach(this::stage);
    }
    Tail started = start.tail();
    tail = started;
    return started;
  }

  /*
   * What no snapshot holds is told once. A view that shows something begins anew all the same, as the next one would; so
   * does a cold start for whose gap there are snapshots meanwhile.
   */
  private boolean isAnew(Tail at) {
    long to = at.gap();
    long floor = snapshots.floor().orElse(0);
    at.forgetGap();
    if (floor >= to) {
      return true;
    }
    long from = Math.max(at.gapFrom(), Math.max(toldGap, floor) + 1);
    if (from <= to) {
      toldGap = to;
      LOG.warn("a view of {} lost positions {} to {} to retention", topic, from, to);
      tell(() -> listener.onGap(from, to));
    }
    return !fresh || floor >= at.gapFrom();
  }

  /*
   * A deleted key that is not shown is nothing: it takes no room, however many there are. So what is staged holds keys that
   * have a value, and at most those that are shown.
   */
  private void stage(Snapshot snapshot) {
    staged.remove(snapshot.key());
    if (!snapshot.isTombstone() || values.holds(snapshot.key())) {
      staged.put(snapshot.key(), snapshot);
    }
    if (staged.size() > 2L * maxKeys + SPARE) {
      throw tooMany();
    }
  }

  private void show(long position) {
    Map<String, Held<T>> changes = changes(position);
    if (values.sizeAfter(changes) > maxKeys) {
      throw tooMany();
    }
    staged.clear();
    fresh = false;
    values.change(changes, position);
    warm = true;
    if (!listeners.isEmpty()) {
      changes.forEach(this::tell);
    }
  }

  private Map<String, Held<T>> changes(long position) {
    Map<String, Held<T>> changes = new LinkedHashMap<>();
    Map<String, Long> left = fresh ? values.seqs() : Map.of();
    for (Snapshot snapshot : staged.values()) {
      Long shown = left.isEmpty() ? null : left.remove(snapshot.key());
      if (shown != null && shown == snapshot.seq()) {
        continue;
      }
      T value = value(snapshot);
      if (value != null || values.holds(snapshot.key())) {
        changes.put(snapshot.key(), new Held<>(snapshot.seq(), value));
      }
    }
    left.keySet().forEach(key -> changes.put(key, new Held<>(position, null)));
    return changes;
  }

  @SuppressWarnings("unchecked")
  private @Nullable T value(Snapshot snapshot) {
    if (snapshot.isTombstone()) {
      return null;
    }
    try {
      return (T) snapshot.payload().as(typed.type(), wiring.mapper());
    } catch (RuntimeException e) {
      LOG.warn("key {} of {} is left out: {}", snapshot.key(), topic, e.getMessage());
      tell(() -> listener.onBadEvent(snapshot.key(), snapshot.seq(), e));
      return null;
    }
  }

  private void tell(String key, Held<T> held) {
    for (StateListener<T> each : listeners) {
      tell(() -> each.onChange(key, held.value(), held.seq()));
    }
  }

  private void tell(Runnable call) {
    try {
      call.run();
    } catch (Throwable e) {
      LOG.warn("a listener of a view of {} failed", topic, e);
    }
  }

  /** Whether the view ends with what a step, or the workers, threw. */
  private boolean failed(Throwable error) {
    RuntimeException told;
    boolean ends = true;
    if (error instanceof LimitException limit) {
      LOG.error("the view of {} ended", topic, limit);
      ended = limit;
      told = limit;
    } else if (isBusClosed()) {
      told =
          new BusClosedException("the bus was closed before its view of " + topic + ": that ended");
      LOG.warn("{}", told.getMessage(), error);
    } else {
      LOG.warn("the view of {} stands still, trying again", topic, error);
      told =
          error instanceof RuntimeException known
              ? known
              : new PromException("the view of " + topic + " stands still: " + error, error);
      ends = false;
    }
    if (ends) {
      values.end();
    }
    tell(() -> listener.onError(told));
    return ends;
  }

  private boolean isBusClosed() {
    try {
      Wiring unused = Wiring.of(bus);
      return false;
    } catch (BusClosedException e) {
      return true;
    }
  }

  private LimitException tooMany() {
    return new LimitException(
        "the view of "
            + topic
            + " may hold "
            + maxKeys
            + " keys and there are more: raise maxKeys, restrict it to keys, or publish null for"
            + " those that nobody needs");
  }

  private void requireCurrent() {
    LimitException end = ended;
    if (end != null) {
      throw new LimitException(String.valueOf(end.getMessage()));
    }
  }
}
