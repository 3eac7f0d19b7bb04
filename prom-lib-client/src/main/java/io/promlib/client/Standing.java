package io.promlib.client;

import io.promlib.wire.ClientFrame;
import io.promlib.wire.ErrorCode;
import io.promlib.wire.ServerFrame;
import io.promlib.wire.SubscribeOpts;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a SUBSCRIBE asks for, as the client keeps it through all connections: a subscription or a
 * tail. Under the client's lock, which the public methods take.
 */
abstract class Standing<S> {
  private static final Logger log = LoggerFactory.getLogger(EventClient.class);
  private static final Duration RETRY = Duration.ofSeconds(1);

  private final ClientContext client;
  private final Consumer<Standing<?>> whenOver;
  private final String topic;
  private final @Nullable String group;
  private final CompletableFuture<S> subscribed = new CompletableFuture<>();
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private final CompletableFuture<Void> endedOutward;

  // Counts connections made and lost, so that what belongs to another one is let go.
  private int connection;
  private boolean live;
  private boolean draining;
  private boolean over;

  Standing(
      ClientContext client, String topic, @Nullable String group, Consumer<Standing<?>> whenOver) {
    this.client = client;
    this.topic = topic;
    this.group = group;
    this.whenOver = whenOver;
    this.endedOutward = client.threads().outward(ended);
  }

  // What kinds of it differ in.

  abstract S self();

  /** What to ask for now. */
  abstract SubscribeOpts opts();

  /** Whether a PAUSE goes behind the SUBSCRIBE that is being sent. */
  abstract boolean beginsPaused();

  /** The gateway has taken it, for the first time or again. */
  abstract void taken(ServerFrame.Ok ok);

  abstract void connectionLost();

  abstract void arrived(ServerFrame.Event frame);

  abstract void gap(ServerFrame.Gap gap);

  /** No handler starts any more. */
  abstract void halt();

  /** Whether no handler runs; once one has ended {@link #idle()} is called. */
  abstract boolean isIdle();

  /** Sends what was gathered to be sent. */
  abstract void flush();

  /** What is here and has no handler yet is let go. */
  abstract void forget();

  // What all have in common.

  ClientContext client() {
    return client;
  }

  public String topic() {
    return topic;
  }

  String name() {
    return topic + " " + (group == null ? "as a tail" : group);
  }

  /** Completes with this when the gateway has taken it for the first time. */
  CompletableFuture<S> subscribed() {
    return subscribed;
  }

  boolean isOpen() {
    return !over && !draining;
  }

  void connected() {
    connection++;
    if (isOpen()) {
      ask();
    }
  }

  void lost() {
    connection++;
    live = false;
    connectionLost();
  }

  /** Sends SUBSCRIBE. */
  final void ask() {
    int current = connection;
    live = true;
    SubscribeOpts opts = opts();
    boolean pause = beginsPaused();
    var unused =
        client
            .requests()
            .send("SUBSCRIBE", corr -> new ClientFrame.Subscribe(topic, group, opts, corr))
            .whenComplete((ok, failure) -> asked(current, ok, failure));
    if (pause) {
      tellPause();
    }
  }

  private void asked(int current, ServerFrame.@Nullable Ok ok, @Nullable Throwable failure) {
    if (current != connection || over) {
      return;
    }
    if (ok != null) {
      taken(ok);
      subscribed.complete(self());
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
                if (current == connection && isOpen()) {
                  ask();
                }
              }
            },
            wait);
  }

  final void tellPause() {
    tell("PAUSE", corr -> new ClientFrame.Pause(topic, group, corr));
  }

  final void tellResume() {
    tell("RESUME", corr -> new ClientFrame.Resume(topic, group, corr));
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
                    log.warn("{} of {} failed: {}", what, name(), failure.getMessage());
                  }
                });
  }

  /** Leaves without ending; {@code then} runs when nothing more of it comes. */
  final void leave(Runnable then) {
    int current = connection;
    var unused =
        client
            .requests()
            .send("UNSUBSCRIBE", corr -> new ClientFrame.Unsubscribe(topic, group, corr))
            .whenComplete(
                (ok, failure) -> {
                  if (current == connection && isOpen()) {
                    then.run();
                  }
                });
  }

  public CompletableFuture<Void> ended() {
    return endedOutward.copy();
  }

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
      log.debug("not waiting for the end of {}", name());
    }
  }

  /**
   * Starts no more handlers; when the running ones are done, or the time is up, hands back what is
   * left.
   */
  final CompletableFuture<Void> drain(Duration grace) {
    if (over || draining) {
      return ended;
    }
    draining = true;
    halt();
    if (isIdle()) {
      finish();
    } else {
      client.timing().schedule(this::graceIsOver, grace);
    }
    return ended;
  }

  final void idle() {
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
    halt();
    flush();
    forget();
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
  final void end(RuntimeException cause) {
    if (!over) {
      over = true;
      halt();
      forget();
      finished(cause);
    }
  }

  /** There was no answer to the first SUBSCRIBE in time: takes it back. */
  final void giveUp(NoAnswerException cause) {
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
