package io.promlib.examples.bench.hostile;

import io.promlib.acl.StaticTokenAuthenticator;
import io.promlib.bus.EventBus;
import io.promlib.examples.Args;
import io.promlib.examples.bench.child.Console;
import io.promlib.wire.GatewayListener;
import io.promlib.wire.GatewayPeer;
import io.promlib.ws.WsGateway;
import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;

/** The gateway's process, with its defaults: {@code heap}, {@code state}. */
public final class GatewayMain {
  private final Map<Integer, LongAdder> closes = new ConcurrentSkipListMap<>();

  private GatewayMain() {}

  public static void main(String[] line) throws Exception {
    Args args = Args.parse(List.of(line), Set.of("token"), Set.of());
    GatewayMain counts = new GatewayMain();
    try (EventBus bus = EventBus.inMemory();
        WsGateway gateway =
            WsGateway.of(bus)
                .port(0)
                .auth(StaticTokenAuthenticator.of(args.text("token").orElseThrow()))
                .listener(counts.listener())
                .start()) {
      Console.say(
          Map.of(
              "port",
              gateway.address().getPort(),
              "most",
              ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getMax()));
      Console.serve((order, words) -> counts.answer(order, gateway));
    }
    System.exit(0);
  }

  private GatewayListener listener() {
    return new GatewayListener() {
      @Override
      public void onClose(GatewayPeer peer, int closeCode, String reason) {
        closes.computeIfAbsent(closeCode, code -> new LongAdder()).increment();
      }
    };
  }

  private Map<String, ?> answer(String order, WsGateway gateway) {
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("connections", gateway.connections());
    figures.put("threads", ManagementFactory.getThreadMXBean().getThreadCount());
    figures.put("cpu", Cpu.seconds());
    figures.put("closes", closes());
    if (order.equals("heap")) {
      System.gc();
      figures.put("used", ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
      closes.clear();
    }
    return figures;
  }

  private String closes() {
    return closes.isEmpty()
        ? "none"
        : closes.entrySet().stream()
            .map(entry -> entry.getKey() + ":" + entry.getValue().sum())
            .collect(Collectors.joining(","));
  }
}
