package io.promlib.bus.internal;

import io.promlib.bus.BusAdmin;
import io.promlib.bus.BusClosedException;
import io.promlib.bus.EndReason;
import io.promlib.bus.EventBus;
import io.promlib.bus.EventTooLargeException;
import io.promlib.bus.Handler;
import io.promlib.bus.Leases;
import io.promlib.bus.SubscribeOptions;
import io.promlib.bus.Subscription;
import io.promlib.bus.Tail;
import io.promlib.bus.TailHandler;
import io.promlib.bus.TailOptions;
import io.promlib.event.EventId;
import io.promlib.event.EventMeta;
import io.promlib.event.Message;
import io.promlib.event.Names;
import io.promlib.event.Payload;
import io.promlib.event.PublishOptions;
import io.promlib.event.Published;
import io.promlib.event.Topic;
import io.promlib.store.Draft;
import io.promlib.store.GroupKey;
import io.promlib.store.GroupStore.Versioned;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The bus over its two stores. */
public final class Bus implements EventBus {
  private static final Logger LOG = LoggerFactory.getLogger(Bus.class);
  private static final int OWN_TOPICS_EXTRA = 64 << 10;

  private final Wiring wiring;
  private final Groups groups;
  private final Gates gates = new Gates();
  private final Topics topics;
  private final Upkeep upkeep;
  private final Set<Follower<?>> tails = ConcurrentHashMap.newKeySet();
  private final List<Turns> turns;
  private volatile boolean closed;

  public Bus(Wiring parts) {
    this.wiring = parts;
    this.topics = new Topics(wiring);
    this.groups = new Groups(wiring, topics);
    this.upkeep = new Upkeep(wiring, groups, topics);
    this.turns =
        Stream.generate(() -> new Turns(wiring.workers()))
            .limit(Runtime.getRuntime().availableProcessors())
            .toList();
    upkeep.start();
  }

  // ---------------------------------------------------------------- publishing

  @Override
  public <T> Published publish(Topic<T> topic, T payload) {
    return publish(topic, payload, PublishOptions.none());
  }

  @Override
  public <T> Published publish(Topic<T> topic, T payload, PublishOptions options) {
    long now = wiring.now();
    Draft draft = draft(topic, payload, options, now);
    TopicRuntime runtime = open(topic);
    if (!wiring.isHeard()) {
      return runtime.appender().append(draft, now);
    }
    return heard(() -> List.of(runtime.appender().append(draft, now))).get(0);
  }

  @Override
  public <T> List<Published> publishAll(Topic<T> topic, List<Message<T>> messages) {
    List<Draft> drafts = drafts(topic, messages);
    TopicRuntime runtime = open(topic);
    return drafts.isEmpty() ? List.of() : heard(() -> runtime.appender().append(drafts));
  }

  @Override
  public <T> CompletableFuture<Published> publishAsync(
      Topic<T> topic, T payload, PublishOptions options) {
    long now = wiring.now();
    Draft draft = draft(topic, payload, options, now);
    return appendAsync(open(topic), List.of(draft)).thenApply(published -> published.get(0));
  }

  @Override
  public <T> CompletableFuture<List<Published>> publishAllAsync(
      Topic<T> topic, List<Message<T>> messages) {
    List<Draft> drafts = drafts(topic, messages);
    TopicRuntime runtime = open(topic);
    return drafts.isEmpty()
        ? CompletableFuture.completedFuture(List.of())
        : appendAsync(runtime, drafts);
  }

  private CompletableFuture<List<Published>> appendAsync(TopicRuntime runtime, List<Draft> drafts) {
    long started = wiring.nanos();
    CompletableFuture<List<Published>> answer = runtime.appender().appendAsync(drafts);
    return wiring.isHeard()
        ? answer.whenComplete((published, failure) -> tell(published, started))
        : answer;
  }

  private interface Append {
    List<Published> run();
  }

  private List<Published> heard(Append append) {
    long started = wiring.nanos();
    List<Published> published = append.run();
    tell(published, started);
    return published;
  }

  private void tell(@Nullable List<Published> published, long started) {
    if (published != null) {
      Duration took = Duration.ofNanos(wiring.nanos() - started);
      for (Published one : published) {
        if (!one.duplicate()) {
          wiring.listener().onPublish(one.record(), took);
        }
      }
    }
  }

  private TopicRuntime open(Topic<?> topic) {
    checkOpen();
    refuseOwn(topic.name());
    return topics.get(topic.name());
  }

  private static void refuseOwn(String name) {
    if (Names.isReserved(name)) {
      throw new IllegalArgumentException(
          "topic "
              + name
              + " is the bus's own: read it, and publish to one without '"
              + Names.DEAD_LETTER_PREFIX
              + "' in front and '"
              + Names.SNAPSHOT_SUFFIX
              + "' behind");
    }
  }

  private static void refuseCompactor(String group) {
    if (Names.isCompactorGroup(group)) {
      throw new IllegalArgumentException(
          "group "
              + group
              + " is a compactor's own: an ack of anybody else would take keys out of the"
              + " snapshots; subscribe with another group");
    }
  }

  private <T> List<Draft> drafts(Topic<T> topic, List<Message<T>> messages) {
    long now = wiring.now();
    List<Draft> drafts = new ArrayList<>(messages.size());
    for (Message<T> message : messages) {
      drafts.add(draft(topic, message.payload(), message.options(), now));
    }
    return drafts;
  }

  private <T> Draft draft(Topic<T> topic, T value, PublishOptions options, long now) {
    Payload payload =
        value instanceof Payload ready ? ready : Payload.of(value, topic.type(), wiring.mapper());
    int length = payload.encodedLength();
    if (length > wiring.maxEventBytes()) {
      throw new EventTooLargeException(
          "the payload has "
              + length
              + " bytes, an event on "
              + topic.name()
              + " may have "
              + wiring.maxEventBytes());
    }
    EventMeta meta = options.meta();
    Long ts = options.ts();
    String given = options.id();
    return new Draft(
        given == null ? EventId.next(now) : EventId.given(given),
        ts == null ? now : ts,
        payload,
        meta);
  }

  static int ownTopicsExtra() {
    return OWN_TOPICS_EXTRA;
  }

  // ---------------------------------------------------------------- subscribing

  @Override
  public <T> Subscription subscribe(Topic<T> topic, String group, Handler<T> handler) {
    return subscribe(topic, group, SubscribeOptions.defaults(), handler);
  }

  @Override
  public <T> Subscription subscribe(
      Topic<T> topic, String group, SubscribeOptions options, Handler<T> handler) {
    GroupKey key = new GroupKey(topic.name(), group);
    refuseCompactor(group);
    while (true) {
      checkOpen();
      Versioned stored = groups.openOrMake(key, options);
      GroupRuntime runtime = topics.get(key.topic()).group(key, stored);
      if (runtime == null) {
        continue;
      }
      Member member =
          gates.enter(
              options.isolation(),
              gate -> new Member(runtime, topic, options, handler, wiring.mapper(), gate));
      if (runtime.join(member)) {
        if (closed) {
          runtime.end(EndReason.BUS_CLOSED);
        }
        return member;
      }
      member.gate().leave(member);
    }
  }

  @Override
  public <T> CompletableFuture<Subscription> subscribeAsync(
      Topic<T> topic, String group, SubscribeOptions options, Handler<T> handler) {
    return async(bus -> bus.subscribe(topic, group, options, handler));
  }

  @Override
  public <T> Tail tail(Topic<T> topic, TailOptions options, TailHandler<T> handler) {
    checkOpen();
    TailState state =
        options.snapshot() ? TailState.of(wiring, topic.name(), options.filter()) : null;
    long from = state == null ? groups.position(topic.name(), options.startAt()) : state.next();
    Follower<T> follower =
        new Follower<>(topic, options, handler, wiring, turns(topic), state, from, tails::remove);
    tails.add(follower);
    follower.start();
    if (closed) {
      follower.end(EndReason.BUS_CLOSED);
    }
    return follower;
  }

  /* A few for all topics, so that the tails of one hold up few others. */
  private Turns turns(Topic<?> topic) {
    return turns.get(Math.floorMod(topic.name().hashCode(), turns.size()));
  }

  @Override
  public Leases leases(String topic, String group) {
    checkOpen();
    return new GroupLeases(new GroupKey(topic, group), topics, wiring);
  }

  @Override
  public BusAdmin admin() {
    checkOpen();
    return new Admin(wiring, groups, topics);
  }

  @Override
  public <R> CompletableFuture<R> async(Function<EventBus, R> call) {
    checkOpen();
    return CompletableFuture.supplyAsync(() -> call.apply(this), wiring.workers());
  }

  /** What this bus is made of, for what the library builds beside it. */
  Wiring wiring() {
    checkOpen();
    return wiring;
  }

  // ---------------------------------------------------------------- closing

  private void checkOpen() {
    if (closed) {
      throw new BusClosedException("the bus is closed");
    }
  }

  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    upkeep.stop();
    topics.close();
    List<GroupRuntime> running = topics.groups();
    running.forEach(GroupRuntime::stop);
    List<Follower<?>> followers = List.copyOf(tails);
    followers.forEach(follower -> follower.end(EndReason.BUS_CLOSED));
    new Grace(wiring)
        .await(
            () ->
                running.stream().noneMatch(GroupRuntime::isRunning)
                    && followers.stream().noneMatch(Follower::isRunning));
    running.forEach(group -> group.endMembers(EndReason.BUS_CLOSED));
    drain(running);
    wiring.owned().forEach(Wiring.Owned::close);
  }

  /*
   * A store that fails is tried again for the grace period, and one that hangs holds the close up for one call more.
   * Time is looked at behind a try: a process that stood still for the whole of it has one try left.
   */
  private void drain(List<GroupRuntime> running) {
    List<GroupRuntime> left = new ArrayList<>(running);
    long until = wiring.nanos() + wiring.closeGrace().toNanos();
    new Grace(wiring)
        .await(
            () -> {
              boolean more = true;
              for (var groups = left.iterator(); more && groups.hasNext(); ) {
                if (groups.next().drained()) {
                  groups.remove();
                }
                more = wiring.nanos() - until < 0;
              }
              return left.isEmpty();
            });
    for (GroupRuntime group : left) {
      LOG.warn(
          "group {} could not be handed back within {}; its claim runs out by itself",
          group.key(),
          wiring.closeGrace());
    }
  }
}
