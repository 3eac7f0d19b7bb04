package io.promlib.ops;

import com.fasterxml.jackson.core.JsonGenerator;
import io.promlib.bus.GroupView;
import io.promlib.event.EventRecord;
import io.promlib.event.Names;
import java.io.IOException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A group as the answers show it. */
final class GroupRow {
  private GroupRow() {}

  static void write(
      GroupView view, @Nullable GroupTrack track, boolean withTopic, long now, JsonGenerator out)
      throws IOException {
    out.writeStartObject();
    if (withTopic) {
      out.writeStringField("topic", view.topic());
    }
    out.writeStringField("group", view.group());
    position(view, out);
    out.writeNumberField("lag", view.lag());
    TopicsEndpoint.number(out, "lagMs", lagMs(view, now));
    out.writeNumberField("inFlight", view.inFlight());
    out.writeNumberField("unfinished", view.unfinished());
    out.writeNumberField("retrying", view.retrying());
    out.writeNumberField("failures", view.failures());
    out.writeNumberField("maxAttempts", view.settings().maxAttempts());
    out.writeNumberField("skipped", view.skipped());
    out.writeNumberField("subscribers", view.subscribers());
    out.writeStringField("ordering", view.settings().ordering().name().toLowerCase(Locale.ROOT));
    out.writeStringField("why", why(view));
    out.writeFieldName("oldest");
    oldest(view.lag() == 0 ? null : view.oldest().orElse(null), out);
    if (track != null) {
      out.writeNumberField("rate", track.rate());
      TopicsEndpoint.number(
          out,
          "behindSince",
          view.lag() == 0 || track.behindSince() == 0 ? null : track.behindSince());
      out.writeFieldName("history");
      long[] lags = track.lags();
      out.writeArray(lags, 0, lags.length);
    }
    out.writeEndObject();
  }

  /** Where the cursor stands: the event at it, as far as the topic still holds that. */
  static void position(GroupView view, JsonGenerator out) throws IOException {
    EventRecord last = view.last().orElse(null);
    out.writeStringField("lastId", last == null ? null : last.id());
    TopicsEndpoint.number(out, "lastTs", last == null ? null : last.ts());
    out.writeNumberField("seq", view.floor());
  }

  /** The age of the oldest event that is not done; 0 when all are, null when it is not known. */
  static @Nullable Long lagMs(GroupView view, long now) {
    return view.lag() == 0 ? Long.valueOf(0) : view.oldestAt().map(at -> age(at, now)).orElse(null);
  }

  private static Long age(long at, long now) {
    return Math.max(0, now - at);
  }

  /** The first thing to look at in a group that is behind. */
  private static String why(GroupView view) {
    if (view.lag() == 0) {
      return "up_to_date";
    }
    if (view.retrying() > 0) {
      return "retrying";
    }
    if (view.inFlight() > 0) {
      return "in_flight";
    }
    if (Names.isCompactorGroup(view.group())) {
      return "compactor";
    }
    if (view.subscribers() == 0) {
      return "no_subscriber";
    }
    return "waiting";
  }

  private static void oldest(@Nullable EventRecord event, JsonGenerator out) throws IOException {
    if (event == null) {
      out.writeNull();
      return;
    }
    out.writeStartObject();
    out.writeStringField("id", event.id());
    out.writeNumberField("seq", event.seq());
    out.writeNumberField("ts", event.ts());
    out.writeNumberField("at", event.at());
    if (event.key() != null) {
      out.writeStringField("key", event.key());
    }
    out.writeEndObject();
  }
}
