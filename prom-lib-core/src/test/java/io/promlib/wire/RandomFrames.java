package io.promlib.wire;

import io.promlib.bus.AckResult;
import io.promlib.bus.StartAt;
import io.promlib.event.EventMeta;
import io.promlib.event.EventRecord;
import io.promlib.event.Payload;
import io.promlib.event.PublishOptions;
import io.promlib.store.Filter;
import io.promlib.store.Ordering;
import io.promlib.testkit.fuzz.Odd;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Frames of any values that their constructors take; those that they do not take are an {@link
 * IllegalArgumentException}.
 */
final class RandomFrames {
  private final Random random;

  RandomFrames(Random random) {
    this.random = random;
  }

  Frame next() {
    return switch (random.nextInt(12)) {
      case 0 -> new ClientFrame.Auth(text(), corr());
      case 1, 2 -> new ClientFrame.Publish(topic(), payload(), options(), corr());
      case 3 -> new ClientFrame.Subscribe(topic(), group(), opts(), corr());
      case 4 -> new ClientFrame.Nack(target(), orNull(this::text), orNull(this::positive), corr());
      case 5 -> new ClientFrame.ModAck(target(), orNull(this::number), corr());
      case 6 -> new ServerFrame.Event(topic(), group(), event(), context());
      case 7 ->
          new ServerFrame.Events(
              topic(), group(), List.of(new ServerFrame.Events.Item(event(), context())));
      case 8 ->
          new ServerFrame.Ok(
              corr(),
              orNull(this::text),
              orNull(this::number),
              orNull(random::nextBoolean),
              orNull(() -> AckResult.UNKNOWN),
              orNull(() -> List.of(AckResult.values())),
              orNull(this::number));
      case 9 ->
          new ServerFrame.Err(text(), text(), corr(), random.nextBoolean(), orNull(this::number));
      case 10 -> new ServerFrame.Gap(topic(), group(), number(), number());
      default -> new ServerFrame.GoAway(text(), number());
    };
  }

  private EventRecord event() {
    long ts = number();
    return new EventRecord(id(), number(), ts, ts, topic(), payload(), meta());
  }

  private ServerFrame.Context context() {
    return random.nextBoolean()
        ? ServerFrame.Context.leased(random.nextInt(), positive(), text())
        : ServerFrame.Context.tail(random.nextBoolean());
  }

  private PublishOptions options() {
    return new PublishOptions(orNull(this::id), orNull(this::number), meta());
  }

  private EventMeta meta() {
    return new EventMeta(orNull(this::text), map(), texts(), List.of(), orNull(this::text));
  }

  private SubscribeOpts opts() {
    return new SubscribeOpts(
        orNull(this::start),
        orNull(this::count),
        orNull(this::count),
        orNull(this::positive),
        orNull(this::count),
        orNull(() -> Ordering.KEY),
        orNull(this::count),
        random.nextBoolean(),
        orNull(() -> new Filter.Match(orNull(this::text), texts(), map())),
        false,
        false);
  }

  private StartAt start() {
    return switch (random.nextInt(4)) {
      case 0 -> StartAt.EARLIEST;
      case 1 -> new StartAt.Since(Instant.ofEpochMilli(number()));
      case 2 -> new StartAt.AfterId(id());
      default -> new StartAt.AfterSeq(positive());
    };
  }

  private Target target() {
    return random.nextBoolean()
        ? Target.one(topic(), group(), id(), orNull(this::text))
        : Target.many(topic(), group(), List.of(id(), "b"));
  }

  private Payload payload() {
    return switch (random.nextInt(4)) {
      case 0 -> Payload.NULL;
      case 1 -> Payload.of(text());
      case 2 -> Payload.of(Map.of("a", List.of(text(), number())));
      default -> Payload.json("[1.0,-0.0, 1e400,{\"\":\"" + "\\ud800é\ud83d\ude00" + "\"}]");
    };
  }

  private String topic() {
    return random.nextInt(20) == 0 ? text() : "a.b-" + random.nextInt(10);
  }

  private String group() {
    return random.nextInt(20) == 0 ? text() : "g";
  }

  private String id() {
    return random.nextInt(3) == 0 ? text() : "id-" + random.nextInt(10);
  }

  private @Nullable String corr() {
    return orNull(this::text);
  }

  private String text() {
    return random.nextBoolean() ? "word" : Odd.string(random);
  }

  private List<String> texts() {
    return Stream.generate(this::text).limit(random.nextInt(3)).toList();
  }

  private Map<String, String> map() {
    Map<String, String> map = new HashMap<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      map.put(text(), text());
    }
    return map;
  }

  private long number() {
    return random.nextBoolean() ? random.nextLong() : random.nextInt(5) - 2;
  }

  private long positive() {
    return random.nextLong() & Long.MAX_VALUE;
  }

  private int count() {
    return random.nextInt() & Integer.MAX_VALUE;
  }

  private <T> @Nullable T orNull(Supplier<T> made) {
    return random.nextBoolean() ? made.get() : null;
  }
}
