package io.promlib.ws;

import io.promlib.acl.Authenticator;
import io.promlib.acl.StaticTokenAuthenticator;
import io.promlib.bus.EventBus;
import io.promlib.event.EventRecord;
import io.promlib.event.Message;
import io.promlib.event.Payload;
import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import io.promlib.testkit.ManualClock;
import io.promlib.wire.ErrorCode;
import io.promlib.wire.GatewayListener;
import io.promlib.wire.GatewayPeer;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;

/** A bus in memory and a gateway for it, on a free port. */
final class Fixture implements AutoCloseable {
  static final String TOKEN = "a-token-of-the-tests";

  final EventBus bus;
  final List<ErrorCode> errors = new CopyOnWriteArrayList<>();
  final List<Integer> closes = new CopyOnWriteArrayList<>();
  final WsGateway gateway;

  private Fixture(EventBus bus, UnaryOperator<WsGateway.Builder> change) {
    this.bus = bus;
    GatewayListener listener =
        new GatewayListener() {
          @Override
          public void onError(GatewayPeer peer, ErrorCode code) {
            errors.add(code);
          }

          @Override
          public void onClose(GatewayPeer peer, int closeCode, String reason) {
            closes.add(closeCode);
          }
        };
    WsGateway.Builder builder =
        WsGateway.of(bus).port(0).auth(open()).limits(patient().build()).listener(listener);
    gateway = change.apply(builder).start();
  }

  static Authenticator open() {
    return StaticTokenAuthenticator.of(TOKEN);
  }

  /** For what is to succeed, however slow the machine is. */
  static GatewayLimits.Builder patient() {
    Duration ages = Duration.ofMinutes(10);
    return GatewayLimits.builder()
        .authTimeout(ages)
        .ackTimeout(ages)
        .stallTimeout(ages)
        .pingInterval(Duration.ofHours(1))
        .pongTimeout(Duration.ofSeconds(30));
  }

  static Fixture start() {
    return with(builder -> builder);
  }

  /** Leases end by this clock. */
  static Fixture leasingBy(ManualClock clock) {
    return new Fixture(EventBus.builder().timing(clock).build(), builder -> builder);
  }

  static Fixture with(UnaryOperator<WsGateway.Builder> change) {
    return new Fixture(EventBus.inMemory(), change);
  }

  static Fixture limited(UnaryOperator<GatewayLimits.Builder> change) {
    return with(builder -> builder.limits(change.apply(patient()).build()));
  }

  InetSocketAddress address() {
    return gateway.address();
  }

  Peer login() {
    return Peer.login(address());
  }

  Peer connect() {
    return Peer.connect(address());
  }

  /** Publishes JSON in this process. */
  EventRecord publish(String topic, String json) {
    return bus.publish(
            new Topic<>(topic, Payload.class),
            Payload.json(json.replace('\'', '"')),
            PublishOptions.none())
        .record();
  }

  /** Publishes them as one append: whoever reads sees all of them or none. */
  void publishAtOnce(String topic, List<Payload> payloads) {
    bus.publishAll(new Topic<>(topic, Payload.class), payloads.stream().map(Message::of).toList());
  }

  @Override
  public void close() {
    gateway.close();
    bus.close();
  }
}
