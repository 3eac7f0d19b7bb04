package io.promlib.ops;

import com.fasterxml.jackson.core.JsonGenerator;
import io.promlib.bus.BusAdmin;
import io.promlib.bus.TopicView;
import io.promlib.event.Names;
import io.promlib.store.Bounds;
import io.promlib.store.TopicSettings;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code GET /topics?q=&after=&limit=}: the topics by name, with what they hold. */
final class TopicsEndpoint implements Endpoint {
  private final BusAdmin admin;
  private final Extents extents;
  private final Tracks tracks;

  TopicsEndpoint(BusAdmin admin, Extents extents, Tracks tracks) {
    this.admin = admin;
    this.extents = extents;
    this.tracks = tracks;
  }

  @Override
  public Answer answer(Ask ask) throws IOException, OpsError {
    Query query = ask.query("q", "after", "limit");
    String sought = query.sought();
    String after = query.text("after");
    int limit = query.limit();
    ask.caller().requireListing();
    List<String> all = admin.topicNames();
    List<String> found =
        all.stream().filter(name -> name.toLowerCase(Locale.ROOT).contains(sought)).toList();
    List<String> page =
        found.stream()
            .filter(name -> after == null || name.compareTo(after) > 0)
            .limit(limit + 1L)
            .toList();
    Set<String> known = new HashSet<>(all);
    List<String> shown = page.subList(0, Math.min(limit, page.size()));
    Extents.Batch counts = extents.batch();
    for (String topic : shown) {
      counts.begin(topic);
      String letters = Names.deadLetterTopic(topic);
      if (known.contains(letters)) {
        counts.begin(letters);
      }
    }
    return Answer.json(
        out -> {
          out.writeNumberField("total", found.size());
          out.writeArrayFieldStart("topics");
          for (String topic : shown) {
            write(topic, known, counts, out);
          }
          out.writeEndArray();
          out.writeStringField("next", page.size() > limit ? page.get(limit - 1) : null);
        });
  }

  private void write(String topic, Set<String> known, Extents.Batch counts, JsonGenerator out)
      throws IOException, OpsError {
    TopicView view = counts.of(topic);
    out.writeStartObject();
    out.writeStringField("topic", topic);
    if (view == null) {
      Bounds bounds = admin.bounds(topic);
      out.writeNumberField("first", bounds.first());
      out.writeNumberField("tail", bounds.tail());
      out.writeNullField("count");
      out.writeNullField("bytes");
    } else {
      out.writeNumberField("first", view.extent().first());
      out.writeNumberField("tail", view.extent().tail());
      out.writeNumberField("count", view.extent().count());
      number(out, "bytes", view.extent().bytes() < 0 ? null : view.extent().bytes());
    }
    String letters = Names.deadLetterTopic(topic);
    if (known.contains(letters)) {
      TopicView of = counts.of(letters);
      number(out, "deadLetters", of == null ? null : of.extent().count());
    } else {
      out.writeNumberField("deadLetters", 0);
    }
    TopicTrack track = tracks.topic(topic);
    if (track != null) {
      out.writeNumberField("rate", track.rate());
      out.writeFieldName("history");
      long[] grown = track.grown();
      out.writeArray(grown, 0, grown.length);
      out.writeNumberField("groups", track.groups().size());
      out.writeNumberField("behind", track.behind());
    }
    if (view != null) {
      settings(view.settings(), out);
    }
    out.writeEndObject();
  }

  private static void settings(TopicSettings settings, JsonGenerator out) throws IOException {
    Duration age = settings.maxAge();
    number(out, "maxEvents", settings.maxEvents() == Long.MAX_VALUE ? null : settings.maxEvents());
    number(out, "maxBytes", settings.maxBytes() == Long.MAX_VALUE ? null : settings.maxBytes());
    number(out, "maxAgeMs", age == null ? null : age.toMillis());
    out.writeStringField("overflow", settings.overflow().name().toLowerCase(Locale.ROOT));
  }

  static void number(JsonGenerator out, String field, @Nullable Long value) throws IOException {
    out.writeFieldName(field);
    if (value == null) {
      out.writeNull();
    } else {
      out.writeNumber(value);
    }
  }
}
