package io.promlib.examples.bench.hostile;

import io.promlib.examples.bench.child.Child;
import io.promlib.examples.bench.child.Figures;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Starts the three processes and runs the rounds. */
final class HostileRun {
  private static final List<String> GATEWAY_JVM =
      List.of(
          "-Xmx256m",
          "-XX:+ExitOnOutOfMemoryError",
          "-Dorg.slf4j.simpleLogger.defaultLogLevel=error");
  private static final List<String> OTHER_JVM = List.of("-Xmx512m");

  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private final Plan plan;
  private final PrintStream out;

  HostileRun(Plan plan, PrintStream out) {
    this.plan = plan;
    this.out = out;
  }

  /** Tells whether everything that must hold did. */
  boolean run() throws IOException {
    out.printf(
        "%d processors, JDK %s; gateway with %s; %d clients of 20 events/s; %d hostile connections, %s:"
            + " %d frames/s, %d KiB/s of huge ones, 200 connects/s%n",
        Runtime.getRuntime().availableProcessors(),
        Runtime.version(),
        GATEWAY_JVM.get(0),
        plan.clients(),
        plan.connections(),
        plan.kind(),
        plan.frames(),
        plan.kib());
    String token = UUID.randomUUID().toString();
    List<String> tokenArgument = List.of("--token", token);
    try (Child gateway = new Child("gateway", GatewayMain.class, GATEWAY_JVM, tokenArgument)) {
      List<String> where = List.of("--token", token, "--port", gateway.hello().text("port"));
      try (Child good =
              new Child(
                  "good",
                  GoodMain.class,
                  OTHER_JVM,
                  with(where, List.of("--clients", Integer.toString(plan.clients()))));
          Child hostile =
              new Child("hostile", HostileMain.class, OTHER_JVM, with(where, plan.swarm()))) {
        double before = round(gateway, good, hostile).heapQuiet();
        HeapBound bound = new HeapBound(before, gateway.hello().number("most"), plan.connections());
        return new Judgement(out).judge(rounds(gateway, good, hostile), bound);
      } catch (IOException ended) {
        out.println("MISSED: a process ended: " + ended.getMessage());
        return false;
      }
    }
  }

  private static List<String> with(List<String> some, List<String> more) {
    List<String> all = new ArrayList<>(some);
    all.addAll(more);
    return all;
  }

  private List<Round> rounds(Child gateway, Child good, Child hostile) throws IOException {
    out.println(Round.titles());
    List<Round> rounds = new ArrayList<>();
    for (int number = 1; number <= plan.rounds(); number++) {
      Round round = round(gateway, good, hostile);
      rounds.add(round);
      out.println(round.toLine(number));
      round.problems().forEach(problem -> out.println("  " + problem));
    }
    return rounds;
  }

  private Round round(Child gateway, Child good, Child hostile) throws IOException {
    String measure = "measure " + plan.seconds();
    Figures quiet = good.ask(measure);
    double heapQuiet = gateway.ask("heap").number("used");
    hostile.ask("attack");
    Figures gatewayBefore = gateway.ask("state");
    Figures hostileBefore = hostile.ask("state");
    long from = System.nanoTime();
    Figures attacked = good.ask(measure);
    double seconds = (System.nanoTime() - from) / 1e9;
    Figures peers = hostile.ask("state");
    Figures after = gateway.ask("heap");
    hostile.ask("calm");
    awaitCalm(gateway);
    return new Round(
        quiet,
        attacked,
        heapQuiet,
        after.number("used"),
        after,
        peers,
        new Round.Shares(
            (after.number("cpu") - gatewayBefore.number("cpu")) / seconds,
            (attacked.number("cpu") - quiet.number("cpu")) / seconds,
            (peers.number("cpu") - hostileBefore.number("cpu")) / seconds));
  }

  private void awaitCalm(Child gateway) throws IOException {
    long until = System.nanoTime() + PATIENCE_NANOS;
    while (gateway.ask("state").number("connections") > plan.clients()
        && System.nanoTime() - until < 0) {
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }
}
