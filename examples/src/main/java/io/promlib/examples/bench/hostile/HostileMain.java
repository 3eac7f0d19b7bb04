package io.promlib.examples.bench.hostile;

import io.promlib.examples.Args;
import io.promlib.examples.bench.child.Console;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** The hostile peers' process: {@code attack}, {@code state}, {@code calm}. */
public final class HostileMain {
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private final Args args;
  private final int connections;
  private @Nullable Swarm swarm;

  private HostileMain(Args args) {
    this.args = args;
    connections = args.number("connections", 1_000, 1, 12_000);
  }

  public static void main(String[] line) throws Exception {
    Set<String> options = Set.of("port", "token", "kind", "connections", "frames", "kib");
    HostileMain peers = new HostileMain(Args.parse(List.of(line), options, Set.of()));
    Console.say(Map.of("ready", 1));
    Console.serve((order, words) -> peers.answer(order));
    System.exit(0);
  }

  private Map<String, ?> answer(String order) throws Exception {
    switch (order) {
      case "attack" -> attack();
      case "calm" -> {
        if (swarm != null) {
          swarm.end();
        }
      }
      case "state" -> {}
      default -> throw new IllegalArgumentException("no order: " + order);
    }
    Swarm now = swarm;
    return now == null
        ? Map.of("cpu", Cpu.seconds())
        : Map.of(
            "up", now.up(), "opened", now.opened(), "failure", now.failure(), "cpu", Cpu.seconds());
  }

  private void attack() throws Exception {
    InetSocketAddress gateway =
        new InetSocketAddress(
            InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), args.number("port", 0, 1, 65_535));
    Swarm made =
        new Swarm(
            gateway,
            new Attacks(args.text("token").orElseThrow()),
            Kind.ofLabel(args.text("kind").orElse("mixed")),
            connections,
            args.number("frames", 20_000, 1, Integer.MAX_VALUE),
            args.number("kib", 16 << 10, 1, 1 << 20) << 10);
    swarm = made;
    long until = System.nanoTime() + PATIENCE_NANOS;
    while (made.opened() < connections && System.nanoTime() - until < 0) {
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }
}
