package io.promlib.ops;

import io.promlib.wire.ErrorCode;
import io.promlib.wire.GatewayListener;
import io.promlib.wire.GatewayPeer;
import java.time.InstantSource;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Who is connected to a gateway: give it to {@code WsGateway.Builder.listener} and to {@link
 * OpsServer.Builder#clients}. Keeps at most so many connections; further ones are only counted.
 */
public final class ConnectedClients implements GatewayListener {
  private static final int MOST = 10_000;

  private final ConcurrentSkipListMap<Long, Client> clients = new ConcurrentSkipListMap<>();
  private final AtomicLong connected = new AtomicLong();
  private final InstantSource clock;
  private final int most;

  private ConnectedClients(InstantSource clock, int most) {
    this.clock = clock;
    this.most = most;
  }

  /** Keeps up to 10 000 connections, by the machine's clock. */
  public static ConnectedClients create() {
    return of(InstantSource.system(), MOST);
  }

  /** Keeps up to so many connections, at least 1. */
  public static ConnectedClients of(InstantSource clock, int most) {
    if (most < 1) {
      throw new IllegalArgumentException("most must be at least 1, is " + most);
    }
    return new ConnectedClients(clock, most);
  }

  /** How many are connected, those not kept among them. */
  public long count() {
    return connected.get();
  }

  /** Connections in the order in which they came, from behind an id on. */
  Iterable<Client> behind(long id) {
    return clients.tailMap(id, false).values();
  }

  @Override
  public void onConnect(GatewayPeer peer) {
    connected.incrementAndGet();
    if (clients.size() < most) {
      clients.put(peer.id(), new Client(peer, clock.millis(), 0, null));
    }
  }

  @Override
  public void onAuthenticated(GatewayPeer peer) {
    clients.computeIfPresent(peer.id(), (id, client) -> client.as(peer));
  }

  @Override
  public void onError(GatewayPeer peer, ErrorCode code) {
    clients.computeIfPresent(peer.id(), (id, client) -> client.failed(code));
  }

  @Override
  public void onClose(GatewayPeer peer, int closeCode, String reason) {
    connected.decrementAndGet();
    clients.remove(peer.id());
  }

  /**
   * A connection.
   *
   * @param since epoch milliseconds
   */
  record Client(GatewayPeer peer, long since, long errors, @Nullable ErrorCode lastError) {
    Client as(GatewayPeer known) {
      return new Client(known, since, errors, lastError);
    }

    Client failed(ErrorCode code) {
      return new Client(peer, since, errors + 1, code);
    }

    /** Empty before AUTH. */
    String subject() {
      String known = peer.subject();
      return known == null ? "" : known;
    }

    String address() {
      return peer.remote().getAddress().getHostAddress() + ":" + peer.remote().getPort();
    }
  }
}
