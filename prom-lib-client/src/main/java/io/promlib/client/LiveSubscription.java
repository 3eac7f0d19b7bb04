package io.promlib.client;

import io.promlib.event.Topic;
import io.promlib.wire.ClientFrame;
import io.promlib.wire.ErrorCode;
import io.promlib.wire.ServerFrame;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A subscription as the client keeps it, through all connections. Under the client's lock, which
 * the public methods take.
 */
final class LiveSubscription<T> implements ClientSubscription {
  private static final Logger log = LoggerFactory.getLogger(LiveSubscription.class);
  private static final Duration RETRY = Duration.ofSeconds(1);

  private final ClientContext client;
  private final Consumer<LiveSubscription<?>> whenOver;
  private final String topic;
  private final String group;
  private final ClientSubscribeOptions options;
  private final Inbox<T> inbox;
  private final Handling<T> handling;
  private final Gaps gaps;
  private final CompletableFuture<ClientSubscription> subscribed = new CompletableFuture<>();
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private final CompletableFuture<Void> endedOutward;

  // Counts connections made and lost, so that what belongs to another one is let go.
  private int connection;
  private boolean live;
  private boolean paused;
  private boolean draining;
  private boolean over;

  LiveSubscription(
      ClientContext client,
      Topic<T> topic,
      String group,
      ClientSubscribeOptions options,
      ClientHandler<T> handler,
      Consumer<LiveSubscription<?>> whenOver) {
    this.client = client;
    this.whenOver = whenOver;
    this.topic = topic.name();
    this.group = group;
    this.options = options;
    this.inbox = new Inbox<>(client, topic, group, options);
    this.handling = new Handling<>(client, inbox, options, handler, this::idle);
    this.gaps = new Gaps(client.threads(), options, this.topic + " " + group);
    this.endedOutward = client.threads().outward(ended);
  }

  @Override
  public String topic() {
    return topic;
  }

  @Override
  public String group() {
    return group;
  }

  /** Completes with this when the gateway has taken it for the first time. */
  CompletableFuture<ClientSubscription> subscribed() {
    return subscribed;
  }

  // What the connection tells.

  void connected() {
    connection++;
    if (!over && !draining) {
      ask();
    }
  }

  void lost() {
    connection++;
    live = false;
    inbox.forget();
  }

  void arrived(ServerFrame.Event frame) {
    if (!over && !draining) {
      inbox.arrived(frame);
      handling.startMore();
    }
  }

  void gap(ServerFrame.Gap gap) {
    gaps.arrived(gap);
  }

  private void ask() {
    int current = connection;
    live = true;
    var unused =
        client
            .requests()
            .send(
                "SUBSCRIBE", corr -> new ClientFrame.Subscribe(topic, group, options.wire(), corr))
            .whenComplete((ok, failure) -> asked(current, failure));
    if (paused) {
      tell("PAUSE", corr -> new ClientFrame.Pause(topic, group, corr));
    }
  }

  private void asked(int current, @Nullable Throwable failure) {
    if (current != connection || over) {
      return;
    }
    if (failure == null) {
      subscribed.complete(this);
    } else if (failure instanceof ClientException refusal) {
      refused(refusal);
    } else {
      askLater(RETRY);
    }
  }

  /** The first refusal is the caller's; later ones are tried again where that may help. */
  private void refused(ClientException refusal) {
    boolean again = subscribed.isDone();
    if (again && refusal.temporary()) {
      askLater(Answers.retryAfter(refusal, RETRY));
    } else if (!again || refusal.code() != ErrorCode.ALREADY_SUBSCRIBED) {
      end(refusal);
    }
  }

  private void askLater(Duration wait) {
    int current = connection;
    client
        .timing()
        .schedule(
            () -> {
              synchronized (client.lock()) {
                if (current == connection && !over && !draining) {
                  ask();
                }
              }
            },
            wait);
  }

  // Pausing and ending.

  @Override
  public void pause() {
    synchronized (client.lock()) {
      if (!paused && !over && !draining) {
        paused = true;
        handling.halt();
        tell("PAUSE", corr -> new ClientFrame.Pause(topic, group, corr));
      }
    }
  }

  @Override
  public void resume() {
    synchronized (client.lock()) {
      if (paused && !over && !draining) {
        paused = false;
        tell("RESUME", corr -> new ClientFrame.Resume(topic, group, corr));
        handling.goOn();
      }
    }
  }

  private void tell(String what, Function<String, ClientFrame> frame) {
    if (!live) {
      return;
    }
    var unused =
        client
            .requests()
            .send(what, frame)
            .whenComplete(
                (ok, failure) -> {
                  if (failure instanceof ClientException) {
                    log.warn("{} of {} {} failed: {}", what, topic, group, failure.getMessage());
                  }
                });
  }

  @Override
  public int inFlight() {
    synchronized (client.lock()) {
      return inbox.size();
    }
  }

  @Override
  public CompletableFuture<Void> ended() {
    return endedOutward.copy();
  }

  @Override
  public void close() {
    synchronized (client.lock()) {
      var unused = drain(client.settings().gracePeriod());
    }
    if (client.threads().isCaller()) {
      return;
    }
    try {
      var unused = Answers.await(ended.handle((done, failure) -> this), "unsubscribing");
    } catch (NoAnswerException interrupted) {
      log.debug("not waiting for the end of {} {}", topic, group);
    }
  }

  /**
   * Starts no more handlers; when the running ones are done, or the time is up, hands back what is
   * left.
   */
  CompletableFuture<Void> drain(Duration grace) {
    if (over || draining) {
      return ended;
    }
    draining = true;
    handling.halt();
    if (handling.isIdle()) {
      finish();
    } else {
      client.timing().schedule(this::graceIsOver, grace);
    }
    return ended;
  }

  private void idle() {
    if (draining) {
      finish();
    }
  }

  private void graceIsOver() {
    synchronized (client.lock()) {
      finish();
    }
  }

  private void finish() {
    if (over) {
      return;
    }
    over = true;
    handling.halt();
    inbox.forget();
    if (!live) {
      finished(null);
      return;
    }
    // It stays known until the answer, so that no later subscribe gets what was meant for this one.
    var unused =
        client
            .requests()
            .send("UNSUBSCRIBE", corr -> new ClientFrame.Unsubscribe(topic, group, corr))
            .whenComplete((ok, failure) -> finished(null));
  }

  /** The gateway ended it, or the client was ended. */
  void end(RuntimeException cause) {
    if (!over) {
      over = true;
      handling.halt();
      inbox.forget();
      finished(cause);
    }
  }

  /** There was no answer to the first SUBSCRIBE in time: takes it back. */
  void giveUp(NoAnswerException cause) {
    if (subscribed.completeExceptionally(cause)) {
      finish();
    }
  }

  private void finished(@Nullable RuntimeException cause) {
    whenOver.accept(this);
    if (cause == null) {
      subscribed.completeExceptionally(
          new ClientClosedException(
              "the subscription was closed before the gateway had taken it", null));
      ended.complete(null);
    } else {
      subscribed.completeExceptionally(cause);
      ended.completeExceptionally(cause);
    }
  }
}
