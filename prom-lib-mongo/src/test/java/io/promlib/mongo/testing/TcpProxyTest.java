package io.promlib.mongo.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class TcpProxyTest {
  private ServerSocket echo;
  private TcpProxy proxy;

  @BeforeEach
  void start() throws IOException {
    echo = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    TcpProxy.daemon("echo", this::serve);
    proxy = TcpProxy.to(echo.getLocalPort());
  }

  @AfterEach
  void stop() throws IOException {
    proxy.close();
    echo.close();
  }

  @Test
  void bytesGetThroughBothWays() throws IOException {
    try (Socket socket = connect()) {
      assertThat(ask(socket, 7)).isEqualTo(7);
      assertThat(ask(socket, 200)).isEqualTo(200);
      assertThat(proxy.connections()).isEqualTo(1);
    }
  }

  @Test
  void aDelayHoldsEachWay() throws IOException {
    proxy.delay(Duration.ofMillis(40));
    try (Socket socket = connect()) {
      long before = System.nanoTime();
      ask(socket, 1);
      assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThan(Duration.ofMillis(79));
    }
  }

  @Test
  void aCutBreaksWhatIsThereAndRefusesTheNextUntilItIsRestored() throws IOException {
    try (Socket socket = connect()) {
      ask(socket, 1);
      proxy.cut();
      assertThatThrownBy(() -> ask(socket, 2)).isInstanceOf(IOException.class);
    }
    assertThatThrownBy(this::connect).isInstanceOf(IOException.class);
    proxy.restore();
    try (Socket socket = connect()) {
      assertThat(ask(socket, 3)).isEqualTo(3);
    }
  }

  @Test
  void whatIsFrozenWaitsAndComesAfterTheThaw() throws IOException {
    try (Socket socket = connect()) {
      ask(socket, 1);
      proxy.freeze();
      socket.setSoTimeout(50);
      socket.getOutputStream().write(2);
      assertThatThrownBy(() -> socket.getInputStream().read())
          .isInstanceOf(SocketTimeoutException.class);
      proxy.thaw();
      socket.setSoTimeout(60_000);
      assertThat(socket.getInputStream().read()).isEqualTo(2);
    }
  }

  private Socket connect() throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), proxy.port());
  }

  private static int ask(Socket socket, int value) throws IOException {
    socket.getOutputStream().write(value);
    int answer = socket.getInputStream().read();
    if (answer < 0) {
      throw new IOException("the connection ended");
    }
    return answer;
  }

  private void serve() {
    while (!echo.isClosed()) {
      try {
        Socket client = echo.accept();
        TcpProxy.daemon("echo-one", () -> echo(client));
      } catch (IOException e) {
        return;
      }
    }
  }

  private static void echo(Socket client) {
    try (client) {
      client.getInputStream().transferTo(client.getOutputStream());
    } catch (IOException e) {
      // the test ended
    }
  }
}
