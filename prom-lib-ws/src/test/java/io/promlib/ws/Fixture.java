package io.promlib.ws;

import io.promlib.acl.Authenticator;
import io.promlib.acl.StaticTokenAuthenticator;
import io.promlib.bus.EventBus;
import io.promlib.event.EventRecord;
import io.promlib.event.Message;
import io.promlib.event.Payload;
import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import io.promlib.wire.ErrorCode;
import io.promlib.wire.GatewayListener;
import io.promlib.wire.GatewayPeer;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;

/** A bus in memory and a gateway for it, on a free port. */
final class Fixture implements AutoCloseable {
  static final String TOKEN = "a-token-of-the-tests";

  final EventBus bus = EventBus.inMemory();
  final List<ErrorCode> errors = new CopyOnWriteArrayList<>();
  final List<Integer> closes = new CopyOnWriteArrayList<>();
  final WsGateway gateway;

  private Fixture(UnaryOperator<WsGateway.Builder> change) {
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
    gateway = change.apply(WsGateway.of(bus).port(0).auth(open()).listener(listener)).start();
  }

  static Authenticator open() {
    return StaticTokenAuthenticator.of(TOKEN);
  }

  static Fixture start() {
    return new Fixture(builder -> builder);
  }

  static Fixture with(UnaryOperator<WsGateway.Builder> change) {
    return new Fixture(change);
  }

  static Fixture limited(UnaryOperator<GatewayLimits.Builder> change) {
    return new Fixture(builder -> builder.limits(change.apply(GatewayLimits.builder()).build()));
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
