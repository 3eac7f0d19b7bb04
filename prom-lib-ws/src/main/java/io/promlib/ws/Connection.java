package io.promlib.ws;

import io.promlib.store.GroupKey;
import io.promlib.wire.ClientFrame;
import io.promlib.wire.CloseCode;
import io.promlib.wire.ErrorCode;
import io.promlib.wire.FrameException;
import io.promlib.wire.GatewayListener;
import io.promlib.wire.GatewayPeer;
import io.promlib.wire.ServerFrame;
import io.promlib.ws.internal.InboundBudget;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.java_websocket.WebSocketImpl;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client, from the accept to the end of its socket: its frames in order, its answers, its
 * timers and its close.
 */
final class Connection implements FramePeer, CountedChannel.Watcher, Outbox.Gauge {
  /*
   * Threads: the library's worker reads frames (FramePeer), its selector tells of bytes and the end (Watcher), timers and
   * the bus call what is left; none of them ever waits here. Frames take effect as steps of a SerialQueue, so `session`
   * and all it holds is touched by one step at a time; it is volatile for frameLimit and the gauge only. The end of the
   * socket is a step too, the last one: what was received before a close still takes effect, and a subscription
   * that is being made when the socket ends is made first and then ended. What a step is about counts against the inbound budget until the step is done, a publish until it is answered.
   */
  private static final Logger LOG = LoggerFactory.getLogger(Connection.class);
  private static final int FREE_BYTES = 4 << 10;
  private static final int MAX_WAITING = 1000;
  private static final int MAX_WAITING_BEFORE_AUTH = 16;
  private static final int MOST_TURNED_AWAY_BEFORE_AUTH = 32;
  private static final int MOST_PONG_BYTES_BEFORE_AUTH = 4 << 10;

  private final WebSocketImpl socket;
  private final Shared shared;
  private final Admission.Verdict verdict;
  private final Consumer<Connection> gone;
  private final Outbox out;
  private final Alarms alarms;
  private final Ending ending;
  private final Keepalive keepalive;
  private final StallWatch stall;
  private final Login login;
  private final Conduct conduct;
  private final InboundBudget.Share inbound;
  private final SerialQueue steps = new SerialQueue();
  private final AtomicBoolean closed = new AtomicBoolean();

  /** Steps that wait and are of no frame. */
  private final AtomicInteger ownSteps = new AtomicInteger();

  private volatile GatewayPeer peer;
  private volatile @Nullable Session session;

  /* The worker's own. */
  private int turnedAwayBeforeAuth;
  private boolean gathers;

  Connection(
      GatewayPeer peer,
      WebSocketImpl socket,
      Shared shared,
      Flusher flusher,
      Admission.Verdict verdict,
      Consumer<Connection> gone) {
    this.peer = peer;
    this.socket = socket;
    this.shared = shared;
    this.verdict = verdict;
    this.gone = gone;
    out = new Outbox(socket, flusher, this, shared.limits(), shared.queued());
    alarms = new Alarms(shared.timing());
    ending = new Ending(socket, alarms, out, shared.limits().pongTimeout());
    keepalive = new Keepalive(shared.limits(), alarms, out, ending);
    stall = new StallWatch(shared.limits().stallTimeout(), alarms, out, this::cutSlow);
    login = new Login(shared, this);
    conduct = new Conduct(shared.limits(), shared.timing());
    inbound = new InboundBudget.Share(shared.opening(), FREE_BYTES);
  }

  /** Who is there; its text is fit for a log. */
  GatewayPeer peer() {
    return peer;
  }

  Outbox out() {
    return out;
  }

  Alarms alarms() {
    return alarms;
  }

  Ending ending() {
    return ending;
  }

  /** The socket was accepted. */
  void begin() {
    report(listener -> listener.onConnect(peer));
    alarms.set(Alarms.Kind.AUTH, this::onAuthTimeout, shared.limits().authTimeout());
  }

  /** The handshake is done. */
  void onOpen() {
    out.demand();
    if (verdict != Admission.Verdict.WELCOME) {
      refuse(
          ErrorCode.TOO_MANY,
          verdict == Admission.Verdict.TELL_IN_ALL
              ? "the gateway has as many connections as it may; try again later"
              : "there are as many connections from this address as there may be; close one",
          CloseCode.TRY_AGAIN_LATER);
    } else {
      keepalive.begin();
    }
  }

  private void onAuthTimeout() {
    if (session == null) {
      String reason =
          "not authenticated within " + shared.limits().authTimeout().toMillis() + " ms";
      if (socket.isOpen()) {
        refuse(ErrorCode.UNAUTHORIZED, reason, CloseCode.NOT_AUTHENTICATED);
      } else {
        ending.cut(CloseCode.NOT_AUTHENTICATED, reason);
      }
    }
  }

  // What the draft reads.

  @Override
  public int frameLimit() {
    return session == null ? shared.limits().openingFrameBytes() : shared.limits().maxFrameBytes();
  }

  @Override
  public InboundBudget.Share inbound() {
    return inbound;
  }

  @Override
  public void onText(byte[] bytes, int size) {
    if (ending.byUs()) {
      inbound.give(bytes.length);
      return;
    }
    int most = session == null ? MAX_WAITING_BEFORE_AUTH : MAX_WAITING;
    int cost = bytes.length;
    byte[] exact = size == bytes.length ? bytes : Arrays.copyOf(bytes, size);
    boolean room = steps.waiting() - ownSteps.get() < most;
    try {
      ClientFrame frame = shared.codec().readClient(exact);
      if (room) {
        gathers |= frame instanceof ClientFrame.Ack;
        steps.submit(() -> onFrame(frame, cost));
      } else {
        turnAway(frame.corr(), cost);
      }
    } catch (FrameException e) {
      if (room) {
        steps.submit(() -> onBadFrame(e, cost));
      } else {
        turnAway(e.corr(), cost);
      }
    }
  }

  @Override
  public void onPause() {
    if (gathers) {
      gathers = false;
      ownSteps.incrementAndGet();
      steps.submit(
          () -> {
            ownSteps.decrementAndGet();
            return settleAcks();
          });
    }
  }

  /** What was gathered takes effect before the end, and nothing more is delivered for it. */
  private @Nullable CompletionStage<?> settleLastAcks() {
    Session open = session;
    if (open != null) {
      open.suspend();
      open.settleAcks();
    }
    return null;
  }

  /** What was gathered takes effect, whatever comes next. */
  private @Nullable CompletionStage<?> settleAcks() {
    Session open = session;
    if (open != null) {
      open.settleAcks();
    }
    return null;
  }

  /** As many frames wait as may. */
  private void turnAway(@Nullable String corr, int cost) {
    inbound.give(cost);
    String message = "too many frames wait for an answer; send fewer at once";
    if (session == null && ++turnedAwayBeforeAuth > MOST_TURNED_AWAY_BEFORE_AUTH) {
      refuse(ErrorCode.TOO_MANY, message, CloseCode.ABUSE);
    } else if (bears()) {
      error(ErrorCode.TOO_MANY, message, corr);
    }
  }

  private @Nullable CompletionStage<?> onBadFrame(FrameException bad, int cost) {
    inbound.give(cost);
    if (ending.byUs()) {
      return null;
    }
    settleAcks();
    error(bad.code(), String.valueOf(bad.getMessage()), bad.corr());
    if (session == null) {
      login.onOtherFrame();
    } else if (!conduct.forgives()) {
      end(CloseCode.ABUSE, "too many frames that cannot be read");
    }
    return null;
  }

  /**
   * Counts a frame that neither publishes nor settles; false if it was one too many, and is not to
   * be answered: the connection is closed.
   */
  boolean bears() {
    if (ending.byUs()) {
      return false;
    }
    if (conduct.bears()) {
      return true;
    }
    refuse(
        ErrorCode.TOO_MANY,
        "too many frames that neither publish nor settle an event in flight; send fewer",
        CloseCode.ABUSE);
    return false;
  }

  Conduct conduct() {
    return conduct;
  }

  private @Nullable CompletionStage<?> onFrame(ClientFrame frame, int cost) {
    if (ending.byUs()) {
      inbound.give(cost);
      return null;
    }
    Session open = session;
    if (open != null && frame instanceof ClientFrame.Publish publish) {
      open.publish(publish, cost);
      return null;
    }
    CompletionStage<?> done = null;
    try {
      done = open == null ? beforeAuth(frame) : open.handle(frame);
    } catch (RuntimeException e) {
      LOG.error("frame {} of {} failed", frame.op(), peer, e);
      error(ErrorCode.INTERNAL, "the gateway failed at this frame; its log says why", frame.corr());
    }
    if (done == null || done.toCompletableFuture().isDone()) {
      inbound.give(cost);
    } else {
      done.whenComplete((result, failure) -> inbound.give(cost));
    }
    return done;
  }

  private @Nullable CompletionStage<?> beforeAuth(ClientFrame frame) {
    if (frame instanceof ClientFrame.Auth auth) {
      return login.attempt(auth);
    }
    error(ErrorCode.UNAUTHORIZED, "send AUTH with a token first", frame.corr());
    login.onOtherFrame();
    return null;
  }

  /**
   * The client proved who it is; called within the step of its AUTH. False if that comes too late:
   * the connection is being closed.
   */
  boolean open(Session opened, String subject) {
    if (ending.begun()) {
      return false;
    }
    alarms.cancel(Alarms.Kind.AUTH);
    if (ending.begun()) {
      // It may have been the timer of the close.
      ending.force();
      return false;
    }
    peer = peer.as(subject);
    inbound.moveTo(shared.inbound());
    session = opened;
    return true;
  }

  @Override
  public void onBinary() {
    steps.submit(this::settleLastAcks);
    refuse(ErrorCode.BAD_REQUEST, "frames are JSON text; this one is binary", CloseCode.ABUSE);
  }

  @Override
  public void onPing(byte[] data) {
    // Nobody needs a pong before the last one is read: pings are not a way to make the queue grow.
    boolean room = session == null ? out.queued() < MOST_PONG_BYTES_BEFORE_AUTH : !out.isCrowded();
    if (bears() && room) {
      out.pong(data);
    }
  }

  @Override
  public void tooLarge(int limit) {
    steps.submit(this::settleLastAcks);
    refuse(
        ErrorCode.TOO_LARGE,
        "a frame may have at most " + limit + " bytes" + (session == null ? " before AUTH" : ""),
        CloseCode.TOO_LARGE);
  }

  @Override
  public void overBudget() {
    steps.submit(this::settleLastAcks);
    refuse(
        ErrorCode.TOO_MANY,
        "the gateway holds as many received bytes as it may; try again later",
        CloseCode.TRY_AGAIN_LATER);
  }

  @Override
  public void onProtocolError(int code, String reason) {
    steps.submit(this::settleLastAcks);
    end(code, reason);
  }

  // What is sent.

  void send(ServerFrame frame) {
    byte[] bytes = shared.codec().write(frame);
    if (out.queued() + bytes.length > shared.limits().maxQueuedBytes() && out.queued() > 0) {
      cutSlow();
    } else {
      out.text(bytes);
    }
  }

  void error(ErrorCode code, String message, @Nullable String corr) {
    error(code, ServerFrame.Err.of(code, message, corr));
  }

  void error(ErrorCode code, String message, @Nullable String corr, long retryMs) {
    error(code, ServerFrame.Err.of(code, message, corr, retryMs));
  }

  private void error(ErrorCode code, ServerFrame.Err frame) {
    report(listener -> listener.onError(peer, code));
    send(frame);
  }

  /** Tells the listeners, unless they were told that the connection ended. */
  void report(Consumer<GatewayListener> event) {
    if (!closed.get()) {
      Reports.tell(shared.listeners(), event);
    }
  }

  /** Adds what it has leased. */
  void addInFlight(Map<GroupKey, Long> all) {
    Session open = session;
    if (open != null) {
      open.addInFlight(all);
    }
  }

  // Too much queued.

  @Override
  public void onCrowded() {
    stall.begin();
    syncFlow();
  }

  @Override
  public void onRoomy() {
    stall.end();
    syncFlow();
  }

  private void syncFlow() {
    Session open = session;
    if (open != null) {
      open.syncFlow();
    }
  }

  private void cutSlow() {
    if (!ending.begun()) {
      report(listener -> listener.onError(peer, ErrorCode.SLOW_CONSUMER));
      out.text(
          shared
              .codec()
              .write(
                  ServerFrame.Err.of(
                      ErrorCode.SLOW_CONSUMER,
                      "what was sent is not read; read faster, or ask for less at once",
                      null)));
      end(CloseCode.SLOW_CONSUMER, "slow consumer");
    }
  }

  // The end.

  private void refuse(ErrorCode code, String message, int close) {
    error(code, message, null);
    end(close, message);
  }

  /** Closes after what is queued; what is leased counts as an attempt. */
  void end(int code, String reason) {
    ending.end(code, reason, false);
  }

  /** The library closes; {@code byPeer} if a close frame came. */
  void onClosing(int code, String reason, boolean byPeer) {
    if (byPeer) {
      ending.byPeer(code, reason);
    }
    out.demand();
  }

  @Override
  public void onRead(int bytes) {
    keepalive.onRead(bytes);
  }

  @Override
  public void onWritten(int bytes) {
    out.onWritten(bytes);
  }

  @Override
  public void onClosed() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    alarms.close();
    out.close();
    steps.submit(this::onLastStep);
    gone.accept(this);
    Reports.tell(shared.listeners(), heard -> heard.onClose(peer, ending.code(), ending.reason()));
  }

  private @Nullable CompletionStage<?> onLastStep() {
    Session open = session;
    settleLastAcks();
    inbound.close();
    return open == null ? null : open.end(ending.handsBack());
  }

  /** Hands back what is leased, even if a step never ends, such as one whose token is checked. */
  void handBack() {
    Session open = session;
    if (open != null) {
      open.end(true);
    }
  }

  /**
   * Tells the client to go elsewhere, hands back what it has leased and closes; done when that is
   * handed back.
   */
  CompletionStage<?> goAway(String message, long reconnectMs) {
    CompletableFuture<?> handedBack = new CompletableFuture<>();
    steps.submit(
        () -> {
          Session open = session;
          settleLastAcks();
          send(new ServerFrame.GoAway(message, reconnectMs));
          CompletionStage<?> ended =
              open == null ? CompletableFuture.completedFuture(null) : open.end(true);
          // The step is done after the end only, so that no frame behind it takes effect.
          return ended.whenComplete(
              (result, failure) -> {
                ending.end(CloseCode.GOING_AWAY, message, true);
                handedBack.complete(null);
              });
        });
    return handedBack;
  }
}
