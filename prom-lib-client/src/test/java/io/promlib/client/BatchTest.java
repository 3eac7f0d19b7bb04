package io.promlib.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.bus.TailOptions;
import io.promlib.wire.ClientFrame;
import io.promlib.wire.ServerFrame;
import io.promlib.wire.SubscribeOpts;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BatchTest extends ClientTest {

  private void deliver(String group, int from, int to) {
    List<ServerFrame.Events.Item> items = new ArrayList<>();
    for (int i = from; i <= to; i++) {
      ServerFrame.Event event = ScriptedGateway.event("numbers", group, i);
      ServerFrame.Context context = group == null ? ServerFrame.Context.tail(false) : event.ctx();
      items.add(new ServerFrame.Events.Item(event.event(), context));
    }
    gateway.current().send(new ServerFrame.Events("numbers", group, items));
  }

  private static List<Integer> range(int from, int to) {
    return IntStream.rangeClosed(from, to).boxed().toList();
  }

  @Test
  void aSubscriptionAsksForBatchesAndQuiet() {
    connect()
        .subscribe(NUMBERS, "g", ClientSubscribeOptions.builder().maxInFlight(7).build(), d -> {});

    SubscribeOpts opts = gateway.next(ClientFrame.Subscribe.class).opts();
    assertThat(opts.batch()).isEqualTo(7);
    assertThat(opts.quiet()).isTrue();
  }

  @Test
  void aClientOfSmallFramesAsksForSingleEvents() {
    connect(builder().maxFrameBytes(100_000)).subscribe(NUMBERS, "g", d -> {});

    assertThat(gateway.next(ClientFrame.Subscribe.class).opts().batch()).isNull();
  }

  @Test
  void theEventsOfOneFrameAreHandledInOrderAndEachIsAckedOnce() {
    List<Integer> handled = new CopyOnWriteArrayList<>();
    connect().subscribe(NUMBERS, "g", d -> handled.add(d.payload()));

    deliver("g", 1, 60);

    List<String> acked = new ArrayList<>();
    while (acked.size() < 60) {
      ClientFrame.Ack ack = gateway.next(ClientFrame.Ack.class);
      acked.addAll(ack.target().ids());
      for (int i = 0; i < ack.target().ids().size(); i++) {
        String number = ack.target().ids().get(i).substring(1);
        assertThat(ack.target().lease(i)).isEqualTo("lease-" + number + "-1");
      }
    }
    assertThat(acked).containsExactlyElementsOf(range(1, 60).stream().map(i -> "e" + i).toList());
    assertThat(handled).isEqualTo(range(1, 60));
  }

  @Test
  void aSlowHandlerDoesNotHoldBackTheAckOfTheOneBefore() {
    CountDownLatch go = new CountDownLatch(1);
    connect()
        .subscribe(
            NUMBERS,
            "g",
            d -> {
              if (d.payload() == 2) {
                reached(go);
              }
            });

    deliver("g", 1, 3);

    assertThat(gateway.next(ClientFrame.Ack.class).target().ids()).containsExactly("e1");
    go.countDown();
  }

  @Test
  void aTailTakesTheEventsOfOneFrameInOrder() {
    List<Integer> seen = new CopyOnWriteArrayList<>();
    connect().tail(NUMBERS, TailOptions.builder().build(), e -> seen.add(e.payload()));
    assertThat(gateway.next(ClientFrame.Subscribe.class).opts().batch()).isEqualTo(100);

    deliver(null, 1, 30);

    until(() -> seen.size() == 30);
    assertThat(seen).isEqualTo(range(1, 30));
  }

  @Test
  void eventsThatNobodySubscribedToAreLetGo() {
    List<Integer> handled = new CopyOnWriteArrayList<>();
    connect().subscribe(NUMBERS, "g", d -> handled.add(d.payload()));

    deliver("other", 1, 3);
    deliver("g", 4, 4);

    until(() -> handled.size() == 1);
    assertThat(handled).containsExactly(4);
  }
}
