package io.promlib.ws;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.java_websocket.SocketChannelIOHelper;
import org.java_websocket.WebSocketImpl;
import org.java_websocket.WebSocketListener;
import org.java_websocket.drafts.Draft_6455;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Frames on their way through the library's own loop into a real socket. */
class BundleTest {
  private final List<Integer> writes = new ArrayList<>();
  private final ByteArrayOutputStream queued = new ByteArrayOutputStream();
  private final WebSocketImpl library =
      new WebSocketImpl(
          (WebSocketListener)
              Proxy.newProxyInstance(
                  BundleTest.class.getClassLoader(),
                  new Class<?>[] {WebSocketListener.class},
                  (proxy, method, arguments) -> null),
          new Draft_6455());
  private SocketChannel reader;
  private SocketChannel socket;
  private CountedChannel channel;

  @BeforeEach
  void connect() throws IOException {
    try (ServerSocketChannel server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      reader = SocketChannel.open();
      reader.setOption(StandardSocketOptions.SO_RCVBUF, 4 << 10);
      reader.connect(server.getLocalAddress());
      socket = server.accept();
    }
    socket.setOption(StandardSocketOptions.SO_SNDBUF, 4 << 10);
    socket.configureBlocking(false);
    reader.configureBlocking(false);
    channel =
        new CountedChannel(
            socket,
            library.outQueue,
            new Bundle(),
            new CountedChannel.Watcher() {
              @Override
              public void onRead(int bytes) {}

              @Override
              public void onWritten(int bytes) {
                writes.add(bytes);
              }

              @Override
              public void onClosed() {}
            });
  }

  @AfterEach
  void close() throws IOException {
    channel.close();
    reader.close();
  }

  private void queue(int bytes, Random random) {
    byte[] frame = new byte[bytes];
    random.nextBytes(frame);
    queued.writeBytes(frame);
    library.outQueue.add(ByteBuffer.wrap(frame));
  }

  /** Tells whether all is written. */
  private boolean write() throws IOException {
    return SocketChannelIOHelper.batch(library, channel);
  }

  private byte[] read(int bytes) throws IOException {
    ByteBuffer all = ByteBuffer.allocate(bytes);
    boolean written = false;
    while (all.hasRemaining()) {
      reader.read(all);
      written = written || write();
    }
    return all.array();
  }

  @Test
  void smallFramesThatWaitAreOneWrite() throws IOException {
    Random random = new Random(1);
    for (int i = 0; i < 20; i++) {
      queue(100, random);
    }
    assertThat(write()).isTrue();
    assertThat(writes).containsExactly(2000);
    assertThat(library.outQueue).isEmpty();
    assertThat(read(2000)).isEqualTo(queued.toByteArray());
  }

  @Test
  void aFrameAloneIsWrittenAndAnEmptyQueueWritesNothing() throws IOException {
    assertThat(write()).isTrue();
    queue(100, new Random(2));
    assertThat(write()).isTrue();
    assertThat(writes).containsExactly(100);
    assertThat(read(100)).isEqualTo(queued.toByteArray());
  }

  @Test
  void aSocketThatTakesAPartIsGivenTheRestInOrder() throws IOException {
    Random random = new Random(3);
    for (int i = 0; i < 3000; i++) {
      queue(1 + random.nextInt(random.nextInt(50) == 0 ? 40_000 : 300), random);
    }
    assertThat(write()).as("the socket is smaller than that").isFalse();
    byte[] all = queued.toByteArray();
    assertThat(read(all.length)).isEqualTo(all);
    assertThat(library.outQueue).isEmpty();
    assertThat(writes.stream().mapToInt(Integer::intValue).sum()).isEqualTo(all.length);
  }

  @Test
  void framesThatComeInTheMidstGoBehind() throws IOException {
    Random random = new Random(4);
    for (int round = 0; round < 200; round++) {
      queue(50, random);
      queue(30_000, random);
      queue(70, random);
      write();
    }
    byte[] all = queued.toByteArray();
    assertThat(read(all.length)).isEqualTo(all);
    assertThat(library.outQueue).isEmpty();
  }
}
