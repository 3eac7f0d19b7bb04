package io.promlib.client;

import io.promlib.time.Timing;
import io.promlib.wire.ClientFrame;
import io.promlib.wire.Codec;
import io.promlib.wire.ErrorCode;
import io.promlib.wire.Frame;
import io.promlib.wire.FrameException;
import io.promlib.wire.ServerFrame;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one authenticated connection to the gateway, and makes the next one when it is lost. The
 * token supplier runs on a worker; all else under the client's lock.
 */
final class Link implements Socket.Events, Login.Outcome {

  private static final Logger log = LoggerFactory.getLogger(Link.class);
  private final Object lock;
  private final ClientSettings settings;
  private final Timing timing;
  private final Threads threads;
  private final Complaints complaints;
  private final LinkOwner owner;
  private final Codec codec = new Codec();
  private final Reconnect reconnect;
  private final Requests requests;
  private final Login login;
  private final Renewal renewal;
  private final Silence silence;

  private @Nullable Socket socket;
  private @Nullable Socket last;
  private @Nullable Throwable lastFailure;
  private ServerFrame.@Nullable Err lastTold;
  private boolean ready;
  private boolean stopped;
  // Counts what was given up, so that what a slow supplier or peer brings for it is let go.
  private int epoch;
  private String nextToken = "";
  private long readySince;

  Link(
      Object lock,
      ClientSettings settings,
      Timing timing,
      Threads threads,
      Complaints complaints,
      LinkOwner owner) {
    this.lock = lock;
    this.settings = settings;
    this.timing = timing;
    this.threads = threads;
    this.complaints = complaints;
    this.owner = owner;
    this.reconnect = new Reconnect(settings.reconnect());
    this.requests = new Requests(lock, timing, settings.requestTimeout(), this::send);
    Tokens tokens = new Tokens(lock, timing, settings, threads, () -> epoch);
    this.login = new Login(tokens, requests, () -> epoch, this);
    this.renewal = new Renewal(lock, timing, tokens, requests);
    this.silence = new Silence(lock, timing, settings.keepAlive());
  }

  Requests requests() {
    return requests;
  }

  Renewal renewal() {
    return renewal;
  }

  boolean isReady() {
    return ready;
  }

  /** Why there is no connection, as far as it is known. */
  @Nullable Throwable lastFailure() {
    return lastFailure;
  }

  /** The connection that is or was last. */
  @Nullable Socket lastSocket() {
    return last;
  }

  byte[] encode(ClientFrame frame) {
    return codec.write(frame);
  }

  /** Sends over an authenticated connection; tells whether there was one. */
  boolean sendReady(byte[] frame) {
    Socket open = socket;
    return ready && open != null && open.send(frame);
  }

  private boolean send(Frame frame) {
    Socket open = socket;
    return open != null
        && (ready || frame instanceof ClientFrame.Auth)
        && open.send(codec.write(frame));
  }

  void start() {
    if (stopped) {
      return;
    }
    owner.onState(ClientState.CONNECTING, null);
    login.withToken(this::connect);
  }

  /** Makes no more connections, and ends the one that is; its threads end soon after. */
  void stop() {
    stopped = true;
    epoch++;
    Socket open = socket;
    boolean wasReady = ready;
    forget();
    if (wasReady) {
      owner.onLost();
    }
    if (open != null && wasReady) {
      open.close();
    } else if (open != null) {
      threads.work(open::abort);
    }
  }

  /** The connection is no longer used, and what waits for it fails. */
  private void forget() {
    socket = null;
    ready = false;
    silence.stop();
    renewal.lost();
    requests.lost();
  }

  private void connect(String token) {
    Socket made = new Socket(threads.sockets(), settings, this);
    socket = made;
    lastTold = null;
    complaints.begin();
    last = made;
    nextToken = token;
    timing.schedule(() -> dropUnlessReady(made), settings.requestTimeout());
    made.open();
  }

  @Override
  public void onOpen(Socket from) {
    synchronized (lock) {
      if (from == socket) {
        String token = nextToken;
        nextToken = "";
        login.authenticate(token);
      }
    }
  }

  @Override
  public void accepted(@Nullable Long expiresAt) {
    Socket over = socket;
    if (over == null) {
      return;
    }
    ready = true;
    readySince = timing.nanos();
    lastFailure = null;
    silence.watch(over::ping, this::silent);
    renewal.began(expiresAt);
    owner.onState(ClientState.CONNECTED, null);
    owner.onConnected();
  }

  @Override
  public void failed(Throwable cause, @Nullable Duration wait) {
    drop(cause, wait);
  }

  @Override
  public void refused(ClientException refusal) {
    owner.onRefused(refusal);
  }

  @Override
  public void onText(Socket from, String text) {
    ServerFrame frame;
    try {
      frame = codec.readServer(text);
    } catch (FrameException e) {
      misread(from, e);
      return;
    }
    onSign(from);
    synchronized (lock) {
      if (from != socket) {
        return;
      }
      if (frame instanceof ServerFrame.GoAway away) {
        drop(
            new NoAnswerException("the gateway is going away: " + away.msg(), null),
            Duration.ofMillis(Math.max(0, away.reconnectMs())));
      } else if (frame instanceof ServerFrame.Ok ok && requests.answered(ok)) {
        return;
      } else if (frame instanceof ServerFrame.Err err && requests.refused(err)) {
        return;
      } else {
        if (frame instanceof ServerFrame.Err err && err.corr() == null) {
          lastTold = err;
        }
        if (ready) {
          owner.onFrame(frame);
        }
      }
    }
  }

  /**
   * What is no JSON is no gateway's; a frame that is merely not understood is passed over, as a
   * later version may send it.
   */
  private void misread(Socket from, FrameException e) {
    if (e.code() != ErrorCode.BAD_JSON) {
      complaints.tell("passing over a frame of the gateway: " + e.getMessage());
      return;
    }
    synchronized (lock) {
      if (from == socket) {
        drop(
            new NoAnswerException("the gateway sent what is no frame: " + e.getMessage(), e), null);
      }
    }
  }

  @Override
  public void onSign(Socket from) {
    silence.sign();
  }

  @Override
  public void onEnd(Socket from, Ending ending) {
    synchronized (lock) {
      if (from == socket) {
        NoAnswerException failure = ending.failure(settings.gateway(), lastTold);
        if (ready && ending.isTooLargeForGateway()) {
          owner.onTooLarge();
        }
        if (ending.isUntrusted()) {
          log.warn("{}", failure.getMessage());
          owner.onUntrusted(failure);
        }
        drop(failure, ending.leastWait(settings.reconnect().max(), lastTold));
      }
    }
  }

  @Override
  public void onChoked(Socket from) {
    synchronized (lock) {
      if (from == socket) {
        drop(new NoAnswerException("the gateway does not read what it is sent", null), null);
      }
    }
  }

  private void silent(Duration silent) {
    drop(new NoAnswerException("nothing came from the gateway for " + silent, null), null);
  }

  private void dropUnlessReady(Socket made) {
    synchronized (lock) {
      if (made == socket && !ready) {
        drop(
            new NoAnswerException(
                "no connection to " + settings.gateway() + " within " + settings.requestTimeout(),
                lastFailure),
            null);
      }
    }
  }

  /**
   * Gives up the connection, or the attempt at one, and tries the next after {@code least} or more.
   */
  private void drop(Throwable cause, @Nullable Duration least) {
    if (stopped) {
      return;
    }
    epoch++;
    Socket old = socket;
    boolean wasReady = ready;
    Duration heldFor = wasReady ? Duration.ofNanos(timing.nanos() - readySince) : Duration.ZERO;
    lastFailure = cause;
    forget();
    if (wasReady) {
      owner.onLost();
    }
    if (old != null) {
      threads.work(old::abort);
    }
    timing.schedule(
        () -> {
          synchronized (lock) {
            start();
          }
        },
        reconnect.after(heldFor, least));
    owner.onState(ClientState.DISCONNECTED, cause);
  }
}
