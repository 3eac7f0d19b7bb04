package io.promlib.replay;

import com.fasterxml.jackson.databind.JsonNode;
import io.promlib.bus.BusAdmin;
import io.promlib.bus.EventBus;
import io.promlib.event.EventMeta;
import io.promlib.event.EventRecord;
import io.promlib.event.Ids;
import io.promlib.event.Message;
import io.promlib.event.Names;
import io.promlib.event.Payload;
import io.promlib.event.PublishOptions;
import io.promlib.event.Published;
import io.promlib.event.Topic;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * Reads a stretch of a topic's past, in {@code seq} order: {@code for (Replayed<Order> order :
 * Replay.of(bus, ORDERS).fromTs(yesterday).open())}. It reads pages as they are asked for, so that
 * a slow reader holds one page, however long the stretch is, and ends at the tail of when it was
 * opened. Positions that compaction removed are passed over; those that retention removed are
 * counted and told.
 *
 * <p>It is read once, by one thread: a second loop goes on where the first stopped. When the store
 * fails, the loop ends with its exception, and the next one, or another replay from {@link
 * #position()}, goes on without loss or repetition.
 */
public final class Replay<T> implements Iterable<Replayed<T>> {
  private final EventBus bus;
  private final BusAdmin admin;
  private final Topic<T> topic;
  private final Stretch stretch;

  Replay(EventBus bus, Topic<T> topic, Stretch stretch) {
    this.bus = bus;
    this.admin = bus.admin();
    this.topic = topic;
    this.stretch = stretch;
  }

  /** Begins to say what is read of a topic; nothing but that: all of it. */
  public static <T> ReplayBuilder<T> of(EventBus bus, Topic<T> topic) {
    return new ReplayBuilder<>(bus, topic);
  }

  /** {@link #of(EventBus, Topic)} of a name, with payloads as trees. */
  public static ReplayBuilder<JsonNode> of(EventBus bus, String topic) {
    return of(bus, Topic.raw(topic));
  }

  public String topic() {
    return topic.name();
  }

  /**
   * The lowest position that is not done with: where another replay goes on. It is {@link #end()}
   * plus 1, or further, when all is read.
   */
  public long position() {
    return stretch.position();
  }

  /** The last position of the stretch, as it was known when this was opened. */
  public long end() {
    return stretch.end();
  }

  /** How many positions retention removed before this reader came to them. */
  public long lost() {
    return stretch.lost();
  }

  @Override
  public Iterator<Replayed<T>> iterator() {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return stretch.find();
      }

      @Override
      public Replayed<T> next() {
        return new Replayed<>(stretch.take(), topic, admin);
      }
    };
  }

  /**
   * Publishes what is left of the stretch to another topic of the bus, in its order: with its key,
   * headers, tags, {@code ts} and session, with the original's id added to {@code caused_by}, and
   * with an id made from both topics and the original's id. So it may be done again after a crash,
   * from the start: the target takes each event once, as long as it remembers ids.
   *
   * <p>It returns when the last event is durable. When a publish fails this throws what that threw,
   * and {@link #position()} is the first of the events that may not be there.
   *
   * @throws IllegalArgumentException if the target is no topic, is this one, or is the bus's own
   */
  public Republished republish(String target) {
    if (Names.topic(target).equals(topic.name())) {
      throw new IllegalArgumentException(
          "topic " + target + " cannot be republished to itself: name another target");
    }
    if (Names.isReserved(target)) {
      throw new IllegalArgumentException("topic " + target + " is the bus's own: name another one");
    }
    Topic<Payload> to = new Topic<>(target, JsonNode.class);
    long count = 0;
    long duplicates = 0;
    while (stretch.find()) {
      List<Published> batch = republishBatch(to);
      count += batch.size();
      duplicates += batch.stream().filter(Published::duplicate).count();
    }
    return new Republished(count, duplicates, stretch.position());
  }

  private List<Published> republishBatch(Topic<Payload> to) {
    long begin = stretch.position();
    List<Message<Payload>> batch = new ArrayList<>();
    try {
      while (batch.size() < stretch.pageSize() && stretch.find()) {
        batch.add(message(stretch.take(), to.name()));
      }
      return bus.publishAll(to, batch);
    } catch (RuntimeException | Error e) {
      stretch.rewind(begin, batch.size());
      throw e;
    }
  }

  private static Message<Payload> message(EventRecord event, String target) {
    EventMeta meta = event.meta();
    List<String> causes = new ArrayList<>(meta.causedBy());
    causes.add(event.id());
    return Message.of(
        event.payload(),
        new PublishOptions(
            Ids.derived("republished", event.topic(), target, event.id()),
            event.ts(),
            new EventMeta(meta.key(), meta.headers(), meta.tags(), causes, meta.sid())));
  }
}
