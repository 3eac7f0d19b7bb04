package io.promlib.ops;

import com.fasterxml.jackson.core.JsonGenerator;
import io.promlib.bus.BusAdmin;
import io.promlib.bus.DeadLetter;
import io.promlib.bus.TopicView;
import io.promlib.event.EventJson;
import io.promlib.event.Names;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Dead letters: to see, to redrive, to drop. The topic is the one that they failed in. */
final class LetterEndpoints {
  private static final int AT_ONCE = 20;

  /** What one request looks at: letters not sought give nothing and cost as much. */
  private static final int MOST = 5000;

  private static final long MOST_BYTES = 32L << 20;

  private final BusAdmin admin;
  private final Extents extents;
  private final OpsLimits limits;

  LetterEndpoints(BusAdmin admin, Extents extents, OpsLimits limits) {
    this.admin = admin;
    this.extents = extents;
    this.limits = limits;
  }

  /**
   * {@code GET /dlq?topic=&q=&after=&limit=}: dead letters in the order in which they came, {@code
   * q} sought in group, id, key and error. Without a topic: which topics have any, by name, {@code
   * q} sought in it.
   */
  Answer list(Ask ask) throws IOException, OpsError {
    Query query = ask.query("topic", "q", "after", "limit");
    String topic = query.text("topic");
    return topic == null ? topics(ask, query) : letters(ask, query, Names.topic(topic));
  }

  private Answer topics(Ask ask, Query query) throws IOException, OpsError {
    String sought = query.sought();
    String after = query.text("after");
    int limit = query.limit();
    ask.caller().requireListing();
    List<String> topics =
        admin.topicNames().stream()
            .filter(Names::isDeadLetterTopic)
            .map(name -> name.substring(Names.DEAD_LETTER_PREFIX.length()))
            .filter(topic -> topic.toLowerCase(Locale.ROOT).contains(sought))
            .filter(topic -> after == null || topic.compareTo(after) > 0)
            .limit(limit + 1L)
            .toList();
    List<String> shown = topics.subList(0, Math.min(limit, topics.size()));
    Extents.Batch counts = extents.batch();
    for (String topic : shown) {
      counts.begin(Names.deadLetterTopic(topic));
    }
    return Answer.json(
        out -> {
          out.writeArrayFieldStart("topics");
          for (String topic : shown) {
            TopicView view = counts.of(Names.deadLetterTopic(topic));
            Long count = view == null ? null : view.extent().count();
            if (count == null || count > 0) {
              out.writeStartObject();
              out.writeStringField("topic", topic);
              TopicsEndpoint.number(out, "count", count);
              out.writeEndObject();
            }
          }
          out.writeEndArray();
          out.writeStringField("next", topics.size() > limit ? topics.get(limit - 1) : null);
        });
  }

  private Answer letters(Ask ask, Query query, String topic) throws IOException, OpsError {
    String sought = query.sought();
    Long after = query.number("after", 0);
    int limit = query.limit();
    ask.caller().requireRead(topic);
    List<DeadLetter> found = new ArrayList<>();
    long from = after == null ? 1 : after + 1;
    long bytes = 0;
    int looked = 0;
    long read = 0;
    boolean more = true;
    while (more
        && found.size() < limit
        && bytes < limits.maxAnswerBytes()
        && looked < MOST
        && read < MOST_BYTES) {
      // One more tells whether there is another page.
      int wanted = sought.isEmpty() ? Math.min(AT_ONCE, limit - found.size() + 1) : AT_ONCE;
      List<DeadLetter> some = admin.deadLetters(topic).list(from, wanted);
      more = some.size() == wanted;
      looked += some.size();
      for (DeadLetter letter : some) {
        if (found.size() == limit || bytes >= limits.maxAnswerBytes()) {
          more = true;
          break;
        }
        from = letter.seq() + 1;
        read += letter.original().payload().bytes().length;
        if (isSought(letter, sought)) {
          found.add(letter);
          bytes += letter.original().payload().bytes().length;
        }
      }
    }
    Long next = more ? from - 1 : null;
    return Answer.json(
        out -> {
          out.writeStringField("topic", topic);
          out.writeArrayFieldStart("letters");
          for (DeadLetter letter : found) {
            write(letter, out);
          }
          out.writeEndArray();
          TopicsEndpoint.number(out, "next", next);
        });
  }

  private static boolean isSought(DeadLetter letter, String sought) {
    @Nullable String key = letter.original().key();
    return Stream.of(letter.group(), letter.error(), letter.original().id(), key == null ? "" : key)
        .anyMatch(text -> text.toLowerCase(Locale.ROOT).contains(sought));
  }

  private static void write(DeadLetter letter, JsonGenerator out) throws IOException {
    out.writeStartObject();
    out.writeStringField("id", letter.id());
    out.writeNumberField("seq", letter.seq());
    out.writeStringField("topic", letter.topic());
    out.writeStringField("group", letter.group());
    out.writeNumberField("cycle", letter.cycle());
    out.writeFieldName("original");
    EventJson.write(letter.original(), out);
    out.writeStringField("err", letter.error());
    out.writeNumberField("ts", letter.ts());
    out.writeNumberField("attempts", letter.attempts());
    out.writeEndObject();
  }

  /** {@code POST /dlq/{topic}/{id}/replay}. */
  Answer replay(Ask ask) throws IOException, OpsError {
    String topic = Names.topic(ask.path().get(1));
    String id = Names.id(ask.path().get(2));
    ask.requireNoBody();
    ask.query();
    ask.caller().requireAction(topic);
    if (!admin.deadLetters(topic).redrive(id)) {
      throw OpsError.notFound(
          "there is no such dead letter, it was redriven before, or its group is gone");
    }
    extents.forget();
    return done(topic, id, "replayed");
  }

  /** {@code DELETE /dlq/{topic}/{id}}. */
  Answer drop(Ask ask) throws IOException, OpsError {
    String topic = Names.topic(ask.path().get(1));
    String id = Names.id(ask.path().get(2));
    ask.requireNoBody();
    ask.query();
    ask.caller().requireAction(topic);
    if (!admin.deadLetters(topic).drop(id)) {
      throw OpsError.notFound("there is no such dead letter, or it is being redriven");
    }
    extents.forget();
    return done(topic, id, "dropped");
  }

  static Answer done(String topic, String id, String what) throws IOException, OpsError {
    return Answer.json(
        out -> {
          out.writeStringField("topic", topic);
          out.writeStringField("id", id);
          out.writeBooleanField(what, true);
        });
  }
}
