package io.promlib.bus.internal;

import io.promlib.PromException;
import io.promlib.bus.BusListener;
import io.promlib.bus.Subscription;
import io.promlib.event.Json;
import io.promlib.store.EventStore;
import io.promlib.store.GroupStore;
import io.promlib.testkit.ManualClock;
import io.promlib.time.Timing;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/** A bus whose workers are turned by hand and that can be killed at any store call. */
final class SimProcess implements Executor, Faults, Timing {
  static final Duration CLAIM_LEASE = Duration.ofSeconds(3);

  private static final Duration TICK = Duration.ofSeconds(1);

  /** How often things go wrong, as chances at each store call. */
  record Odds(double crash, double fail, double lose, double others) {
    static final Odds CALM = new Odds(0, 0, 0, 0);
  }

  /** Lets others of the simulation act, in the middle of a store call. */
  interface Others {
    void act();
  }

  final String name;
  final Bus bus;
  final List<Subscription> subscriptions = new ArrayList<>();
  int running;
  private final Random random;
  private final ManualClock clock;
  private final Supplier<Odds> odds;
  private final Others others;
  private final List<Runnable> tasks = new ArrayList<>();
  private boolean closing;
  private boolean dead;

  SimProcess(
      String name,
      EventStore events,
      GroupStore groups,
      ShakyGroups.Watch watch,
      ManualClock clock,
      Random random,
      Duration ackDelay,
      Supplier<Odds> odds,
      Others others) {
    this.name = name;
    this.random = random;
    this.clock = clock;
    this.odds = odds;
    this.others = others;
    this.bus =
        new Bus(
            new Wiring(
                new ShakyEvents(events, this),
                new ShakyGroups(groups, this, watch),
                this,
                this,
                Json.mapper(),
                BusListener.NONE,
                true,
                name,
                1 << 20,
                Duration.ofSeconds(10),
                CLAIM_LEASE,
                Duration.ofSeconds(30),
                ackDelay,
                Duration.ofSeconds(1),
                List.of()));
  }

  void kill() {
    dead = true;
    tasks.clear();
  }

  /** Closes the bus. Time goes by with every look at the clock, as nobody else turns it. */
  void closeBus() {
    closing = true;
    attempt(bus::close);
  }

  boolean hasTasks() {
    return !tasks.isEmpty();
  }

  /** Runs one of the waiting tasks, any. */
  void runOne() {
    attempt(tasks.remove(random.nextInt(tasks.size())));
  }

  /** Does something in this process; a crash ends there. */
  void attempt(Runnable action) {
    try {
      action.run();
    } catch (Crash crash) {
      kill();
    }
  }

  @Override
  public void execute(Runnable task) {
    if (!dead) {
      tasks.add(task);
    }
  }

  @Override
  public <R> R strike(String call, boolean mayAct, Supplier<R> real) {
    Odds now = odds.get();
    perhaps(call, " before", now, mayAct);
    R answer = real.get();
    perhaps(call, " after", now, mayAct);
    return answer;
  }

  @Override
  public boolean loses() {
    return random.nextDouble() < odds.get().lose();
  }

  @Override
  public boolean isOver() {
    return dead;
  }

  private void perhaps(String call, String when, Odds now, boolean mayAct) {
    if (mayAct && !dead && random.nextDouble() < now.others()) {
      others.act();
    }
    double dice = random.nextDouble();
    if (dead || dice < now.crash()) {
      kill();
      throw new Crash(call + when);
    }
    if (dice < now.crash() + now.fail()) {
      throw new PromException(call + when);
    }
  }

  @Override
  public InstantSource wall() {
    return clock.wall();
  }

  @Override
  public long nanos() {
    if (closing && !dead) {
      clock.advance(TICK);
    }
    return clock.nanos();
  }

  @Override
  public Alarm schedule(Runnable task, Duration delay) {
    return clock.schedule(
        () -> {
          if (!dead) {
            task.run();
          }
        },
        delay);
  }

  @Override
  public void close() {}
}
