package io.promlib.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.promlib.testkit.ManualClock;
import io.promlib.wire.ErrorCode;
import io.promlib.wire.GatewayPeer;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ConnectedClientsTest {
  private final ManualClock clock = new ManualClock();
  private final ConnectedClients clients = ConnectedClients.of(clock.wall(), 3);
  private final Ops ops = Ops.start(builder -> builder.clients(clients));

  @AfterEach
  void close() {
    ops.close();
  }

  private GatewayPeer connect(long id) {
    GatewayPeer peer = new GatewayPeer(id, new InetSocketAddress("10.0.0." + id, 4000), null);
    clients.onConnect(peer);
    return peer;
  }

  @Test
  void aClientShowsFromItsConnectToItsClose() {
    GatewayPeer peer = connect(1);
    JsonNode unknown = ops.get("/clients").json().at("/clients/0");
    assertThat(unknown.path("subject").isNull()).isTrue();
    clients.onAuthenticated(peer.as("alice"));
    clients.onError(peer, ErrorCode.FORBIDDEN);
    clients.onError(peer, ErrorCode.RATE_LIMITED);
    JsonNode answer = ops.get("/clients").json();
    assertThat(answer.path("total").asInt()).isEqualTo(1);
    assertThat(answer.at("/clients/0"))
        .isEqualTo(
            Ops.tree(
                "{\"id\":1,\"subject\":\"alice\",\"address\":\"10.0.0.1:4000\",\"since\":"
                    + clock.millis()
                    + ",\"errors\":2,\"lastError\":\"rate_limited\"}"));
    assertThat(ops.get("/status").json().path("connected").asInt()).isEqualTo(1);
    clients.onClose(peer, 1000, "");
    clients.onError(peer, ErrorCode.INTERNAL);
    assertThat(ops.get("/clients").json().path("clients")).isEmpty();
    assertThat(clients.count()).isZero();
  }

  @Test
  void clientsAreSearchedAndComeInPages() {
    clients.onAuthenticated(connect(1).as("alice"));
    clients.onAuthenticated(connect(2).as("bob"));
    clients.onAuthenticated(connect(3).as("Alicia"));
    assertThat(ops.get("/clients?q=ALI").json().path("clients")).hasSize(2);
    assertThat(ops.get("/clients?q=10.0.0.2").json().at("/clients/0/subject").asText())
        .isEqualTo("bob");
    JsonNode first = ops.get("/clients?limit=2").json();
    assertThat(first.path("clients")).hasSize(2);
    JsonNode second = ops.get("/clients?limit=2&after=" + first.path("next").asText()).json();
    assertThat(second.at("/clients/0/subject").asText()).isEqualTo("Alicia");
    assertThat(second.path("next").isNull()).isTrue();
  }

  @Test
  void furtherOnesAreOnlyCounted() {
    GatewayPeer first = connect(1);
    connect(2);
    connect(3);
    GatewayPeer further = connect(4);
    clients.onAuthenticated(further.as("dave"));
    assertThat(clients.count()).isEqualTo(4);
    assertThat(ops.get("/clients").json().path("clients")).hasSize(3);
    clients.onClose(further, 1000, "");
    clients.onClose(first, 1000, "");
    assertThat(clients.count()).isEqualTo(2);
    assertThatThrownBy(() -> ConnectedClients.of(clock.wall(), 0))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
