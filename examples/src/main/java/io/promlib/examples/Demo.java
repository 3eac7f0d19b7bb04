package io.promlib.examples;

import io.promlib.acl.Authenticator;
import io.promlib.acl.StaticTokenAuthenticator;
import io.promlib.bus.EventBus;
import io.promlib.examples.process.Projector;
import io.promlib.examples.process.Sampler;
import io.promlib.examples.process.Topics;
import io.promlib.metrics.PrometheusMetrics;
import io.promlib.state.Compactor;
import io.promlib.time.Timing;
import java.io.PrintStream;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** {@code demo}: heartbeats of this machine's processes, and what the projector makes of them. */
final class Demo implements Command {
  private static final Duration HEARTBEAT_EVERY = Duration.ofSeconds(1);

  @Override
  public String name() {
    return "demo";
  }

  @Override
  public String summary() {
    return "shows the bus at work on the processes of this machine";
  }

  @Override
  public String help() {
    return """
    demo [--seconds <n>]

    Runs until Ctrl-C, or for so many seconds: a bus in memory, a gateway, an HTTP edge and an ops
    page with a token made for this run, heartbeats of the processes of this machine, and their states.
    The environment is event-gateway's, but for WS_TOKEN: JWTs, where there are keys for them, are
    accepted beside the token of this run.
    """;
  }

  @Override
  @SuppressWarnings("try") // Compactor, projector and sampler work by being open.
  public int run(List<String> line, Map<String, String> environment, PrintStream out)
      throws InterruptedException {
    Args args = Args.parse(line, Set.of("seconds"), Set.of());
    int seconds = args.number("seconds", 0, 0, Integer.MAX_VALUE);
    EdgeSettings settings = EdgeSettings.of(new Environment(environment));
    String token = randomToken();
    Authenticator run = StaticTokenAuthenticator.of(token);
    Authenticator access = Access.jwts(new Environment(environment)).map(run::or).orElse(run);
    try (Ending ending = new Ending();
        Timing timing = Timing.system();
        PrometheusMetrics metrics = PrometheusMetrics.builder().jvm().build();
        EventBus bus = EventBus.builder().listener(metrics.busListener()).build();
        Edges edges = Edges.open(bus, settings, access, metrics, null);
        Compactor compactor =
            Compactor.builder(bus, Topics.PROCESS_STATE.name())
                .listener(metrics.compactorListener(Topics.PROCESS_STATE.name()))
                .build()
                .start();
        Projector projector = Projector.start(bus, timing)) {
      Board board = new Board(out, Terminal.present(), head(edges, token), timing);
      bus.subscribe(Topics.PROCESS_STATE, "demo-board", delivery -> board.show(delivery.payload()));
      try (Sampler sampler = Sampler.start(bus, HEARTBEAT_EVERY)) {
        ending.await(seconds);
      }
    }
    return 0;
  }

  private static String head(Edges edges, String token) {
    return """
    The processes of this machine, as events. Ctrl-C ends it.

      open     %s#token=%s
      gateway  %s
      ops      %s
      token    %s
      watch    WS_TOKEN=%s java -jar examples/target/prom-lib-examples.jar watch --url %s

    """
        .formatted(
            edges.httpAddress(),
            token,
            edges.wsAddress(),
            edges.opsAddress(),
            token,
            token,
            edges.wsAddress());
  }

  private static String randomToken() {
    byte[] secret = new byte[16];
    new SecureRandom().nextBytes(secret);
    return HexFormat.of().formatHex(secret);
  }
}
