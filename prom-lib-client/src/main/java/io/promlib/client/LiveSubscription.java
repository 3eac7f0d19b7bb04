package io.promlib.client;

import io.promlib.event.Topic;
import io.promlib.wire.ServerFrame;
import io.promlib.wire.SubscribeOpts;
import java.util.function.Consumer;

/** A member of a group. */
final class LiveSubscription<T> extends Standing<ClientSubscription> implements ClientSubscription {
  private final String group;
  private final ClientSubscribeOptions options;
  private final Inbox<T> inbox;
  private final Handling<T> handling;
  private final Gaps gaps;

  private boolean paused;

  LiveSubscription(
      ClientContext client,
      Topic<T> topic,
      String group,
      ClientSubscribeOptions options,
      ClientHandler<T> handler,
      Consumer<Standing<?>> whenOver) {
    super(client, topic.name(), group, whenOver);
    this.group = group;
    this.options = options;
    this.inbox = new Inbox<>(client, topic, group, options);
    this.handling = new Handling<>(client, inbox, options, handler, this::idle);
    this.gaps = new Gaps(client.threads(), options, name());
  }

  @Override
  public String group() {
    return group;
  }

  @Override
  ClientSubscription self() {
    return this;
  }

  @Override
  SubscribeOpts opts() {
    return options.wire(client().batch(options.maxInFlight()));
  }

  @Override
  boolean beginsPaused() {
    return paused;
  }

  @Override
  void taken(ServerFrame.Ok ok) {}

  @Override
  void connectionLost() {
    inbox.forget();
  }

  @Override
  void arrived(ServerFrame.Event frame) {
    if (isOpen()) {
      inbox.arrived(frame);
      handling.startMore();
    }
  }

  @Override
  void gap(ServerFrame.Gap gap) {
    gaps.arrived(gap);
  }

  @Override
  void halt() {
    handling.halt();
  }

  @Override
  boolean isIdle() {
    return handling.isIdle();
  }

  @Override
  void flush() {
    inbox.acks().flush();
  }

  @Override
  void forget() {
    inbox.forget();
  }

  @Override
  public void pause() {
    synchronized (client().lock()) {
      if (!paused && isOpen()) {
        paused = true;
        handling.halt();
        tellPause();
      }
    }
  }

  @Override
  public void resume() {
    synchronized (client().lock()) {
      if (paused && isOpen()) {
        paused = false;
        tellResume();
        handling.goOn();
      }
    }
  }

  @Override
  public int inFlight() {
    synchronized (client().lock()) {
      return inbox.size();
    }
  }
}
