package io.promlib.client;

import io.promlib.bus.TailHandler;
import io.promlib.bus.TailOptions;
import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import io.promlib.time.Timing;
import io.promlib.wire.ServerFrame;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts the parts together: the {@link Link} brings frames and tells of connections, {@link
 * PublishQueue} and the {@link Standing}s hold what outlives a connection.
 */
final class DefaultEventClient implements EventClient, LinkOwner {

  /*
   * One lock guards all of the state, and nothing under it blocks: a send only queues, answers complete futures whose
   * dependents are ours, and a user's code runs on the workers or the callback thread, which take no lock. Encoding and
   * decoding are done outside. So frames leave in the order in which the state changed, and an answer finds what it answers.
   * What a connection leaves open is settled at one place, onLost(): requests fail, publishes go back to be sent again, and
   * deliveries are marked lost before any later connection is there to settle them over.
   */
  private static final Logger log = LoggerFactory.getLogger(EventClient.class);
  private static final Duration FAREWELL = Duration.ofSeconds(2);
  private static final Duration GOODBYE = Duration.ofSeconds(1);

  private final Object lock = new Object();
  private final ClientSettings settings;
  private final ClientTiming timing;
  private final Threads threads = new Threads();
  private final Complaints complaints = new Complaints();
  private final Link link;
  private final PublishQueue publishes;
  private final Publishing publishing;
  private final Subscriptions subscriptions;
  private final CompletableFuture<EventClient> firstConnected = new CompletableFuture<>();

  private volatile ClientState state = ClientState.DISCONNECTED;
  private @Nullable CompletableFuture<Void> closed;
  private @Nullable Throwable endedBy;

  /** The timing is closed with the client. */
  DefaultEventClient(ClientSettings settings, ClientTiming timing) {
    this.settings = settings;
    this.timing = timing;
    this.link = new Link(lock, settings, timing, threads, complaints, this);
    this.publishes =
        new PublishQueue(
            lock, timing, settings.requestTimeout(), settings.maxPublishes(), link::sendReady);
    ClientContext context = new ClientContext(lock, settings, timing, threads, link.requests());
    this.subscriptions = new Subscriptions(context, link);
    this.publishing = new Publishing(context, link, publishes, this::requireNotEnded);
  }

  CompletableFuture<EventClient> connect() {
    synchronized (lock) {
      // Its own time-outs come first, and say why.
      link.start();
      timing.schedule(this::connectTimedOut, settings.requestTimeout());
    }
    return threads.outward(firstConnected);
  }

  private void connectTimedOut() {
    synchronized (lock) {
      if (!firstConnected.isDone()) {
        NoAnswerException failure =
            new NoAnswerException(
                "no connection to " + settings.gateway() + " within " + settings.requestTimeout(),
                link.lastFailure());
        end(failure);
      }
    }
  }

  // What the link tells, under the lock.

  @Override
  public void onConnected() {
    subscriptions.connected();
    publishes.connected();
    firstConnected.complete(this);
  }

  @Override
  public void onLost() {
    publishes.lost();
    subscriptions.lost();
  }

  @Override
  public void onState(ClientState now, @Nullable Throwable cause) {
    state = now;
    threads.callBack(
        () -> {
          try {
            settings.listener().onStateChange(now, cause);
          } catch (RuntimeException e) {
            log.warn("the state listener failed", e);
          }
        });
  }

  @Override
  public void onTooLarge() {
    publishes.tooLarge();
  }

  @Override
  public void onUntrusted(NoAnswerException failure) {
    if (!firstConnected.isDone()) {
      end(failure);
    }
  }

  @Override
  public void onRefused(ClientException refusal) {
    end(refusal);
  }

  @Override
  public void onFrame(ServerFrame frame) {
    if (frame instanceof ServerFrame.Event event) {
      subscriptions.arrived(event);
    } else if (frame instanceof ServerFrame.Events events) {
      subscriptions.arrived(events);
    } else if (frame instanceof ServerFrame.Ok ok) {
      publishes.answered(ok);
    } else if (frame instanceof ServerFrame.Err err) {
      if (!publishes.refused(err)) {
        complaints.tell("the gateway tells " + err.code() + ": " + err.msg());
      }
    } else if (frame instanceof ServerFrame.Gap gap) {
      subscriptions.gap(gap);
    } else if (frame instanceof ServerFrame.Revoked revoked) {
      subscriptions.revoked(revoked);
    }
  }

  // Publishing.

  @Override
  public <T> Confirmed publish(Topic<T> topic, T payload) {
    return publish(topic, payload, PublishOptions.none());
  }

  @Override
  public <T> Confirmed publish(Topic<T> topic, T payload, PublishOptions options) {
    return publishing.publish(topic, payload, options);
  }

  @Override
  public <T> CompletableFuture<Confirmed> publishAsync(
      Topic<T> topic, T payload, PublishOptions options) {
    return publishing.publishAsync(topic, payload, options);
  }

  // Subscribing.

  @Override
  public <T> ClientSubscription subscribe(Topic<T> topic, String group, ClientHandler<T> handler) {
    return subscribe(topic, group, ClientSubscribeOptions.defaults(), handler);
  }

  @Override
  public <T> ClientSubscription subscribe(
      Topic<T> topic, String group, ClientSubscribeOptions options, ClientHandler<T> handler) {
    return await(begin(topic, group, options, handler));
  }

  private <S> S await(Standing<S> made) {
    try {
      return Answers.await(made.subscribed(), "subscribing");
    } catch (NoAnswerException e) {
      synchronized (lock) {
        // After an interruption, nobody is left to close it.
        made.giveUp(e);
      }
      throw e;
    }
  }

  @Override
  public <T> CompletableFuture<ClientSubscription> subscribeAsync(
      Topic<T> topic, String group, ClientSubscribeOptions options, ClientHandler<T> handler) {
    try {
      return threads.outward(begin(topic, group, options, handler).subscribed());
    } catch (ClientException e) {
      return threads.outward(CompletableFuture.failedFuture(e));
    }
  }

  private <T> LiveSubscription<T> begin(
      Topic<T> topic, String group, ClientSubscribeOptions options, ClientHandler<T> handler) {
    synchronized (lock) {
      requireOpen();
      return subscriptions.begin(topic, group, options, handler);
    }
  }

  @Override
  public <T> ClientTail tail(Topic<T> topic, TailOptions options, TailHandler<T> handler) {
    return await(follow(topic, options, handler));
  }

  @Override
  public <T> CompletableFuture<ClientTail> tailAsync(
      Topic<T> topic, TailOptions options, TailHandler<T> handler) {
    try {
      return threads.outward(follow(topic, options, handler).subscribed());
    } catch (ClientException e) {
      return threads.outward(CompletableFuture.failedFuture(e));
    }
  }

  private <T> LiveTail<T> follow(Topic<T> topic, TailOptions options, TailHandler<T> handler) {
    synchronized (lock) {
      requireOpen();
      return subscriptions.begin(topic, options, handler);
    }
  }

  @Override
  public boolean unsubscribe(String topic, @Nullable String group) {
    Standing<?> found;
    synchronized (lock) {
      requireOpen();
      found = subscriptions.find(topic, group);
    }
    if (found != null) {
      found.close();
    }
    return found != null;
  }

  @Override
  public CompletableFuture<Void> renewToken() {
    synchronized (lock) {
      requireOpen();
      return threads.outward(link.renewal().now());
    }
  }

  // Ending.

  @Override
  public ClientState state() {
    return state;
  }

  private void requireOpen() {
    if (closed != null || state == ClientState.CLOSED) {
      throw closedException();
    }
  }

  /** Handlers that still run may publish. */
  private void requireNotEnded() {
    if (state == ClientState.CLOSED) {
      throw closedException();
    }
  }

  private ClientClosedException closedException() {
    return new ClientClosedException(
        "the client of " + settings.gateway() + " was closed", endedBy);
  }

  @Override
  public void close() {
    CompletableFuture<Void> drained;
    synchronized (lock) {
      drained = closed;
      if (drained == null) {
        drained = drain();
        closed = drained;
      }
    }
    if (threads.isCaller()) {
      var unused = drained.whenComplete((done, failure) -> endQuietly());
      return;
    }
    boolean interrupted = false;
    try {
      Answers.await(drained.handle((done, failure) -> true), "closing");
    } catch (NoAnswerException e) {
      interrupted = Thread.interrupted();
    }
    endQuietly();
    interrupted |= threads.awaitAllEnded(settings.gracePeriod().plus(FAREWELL), FAREWELL);
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Completes when handlers and publishes are done and what is leased is handed back, or the grace
   * period is over.
   */
  private CompletableFuture<Void> drain() {
    List<CompletableFuture<?>> handlers = new ArrayList<>();
    for (Standing<?> each : subscriptions.all()) {
      handlers.add(each.drain(settings.gracePeriod()).handle((done, failure) -> true));
    }
    CompletableFuture<Void> patience = new CompletableFuture<>();
    Timing.Alarm grace = timing.schedule(() -> patience.complete(null), settings.gracePeriod());
    CompletableFuture<Void> drained =
        CompletableFuture.allOf(handlers.toArray(CompletableFuture<?>[]::new))
            .thenCompose(done -> sent(patience));
    // UNSUBSCRIBE goes out when the grace period ends: its answer gets a moment more.
    Timing.Alarm alarm =
        timing.schedule(() -> drained.complete(null), settings.gracePeriod().plus(FAREWELL));
    return drained.whenComplete(
        (done, failure) -> {
          alarm.cancel();
          grace.cancel();
        });
  }

  private CompletableFuture<Void> sent(CompletableFuture<Void> patience) {
    synchronized (lock) {
      return link.isReady()
          ? publishes.drained().acceptEither(patience, done -> {})
          : CompletableFuture.completedFuture(null);
    }
  }

  private void endQuietly() {
    synchronized (lock) {
      if (state != ClientState.CLOSED) {
        end(null);
      }
    }
  }

  /** Ends everything that needs no waiting; called under the lock, by whatever thread. */
  private void end(@Nullable RuntimeException cause) {
    endedBy = cause;
    ClientClosedException why = closedException();
    link.stop();
    onState(ClientState.CLOSED, cause);
    publishes.fail(cause == null ? why : cause);
    subscriptions.all().forEach(each -> each.end(why));
    firstConnected.completeExceptionally(cause == null ? why : cause);
    Socket socket = link.lastSocket();
    if (socket != null) {
      // The peer may not say goodbye.
      threads.work(() -> threads.abortUnlessEnded(socket, GOODBYE));
    }
    threads.stop(false);
    timing.close();
  }
}
