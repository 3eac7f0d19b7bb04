package io.promlib.ops;

import io.promlib.bus.BusAdmin;
import io.promlib.bus.GroupView;
import io.promlib.event.Names;
import io.promlib.store.GroupKey;
import io.promlib.time.Timing;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /groups?topic=&q=&sort=&after=&limit=} and {@code GET /cursors?topic=…}: groups with
 * where they stand, by name, or those first that are furthest behind. Only the groups of the page
 * are loaded.
 */
final class GroupsEndpoint implements Endpoint {
  private final BusAdmin admin;
  private final Tracks tracks;
  private final Timing timing;
  private final boolean cursors;

  GroupsEndpoint(BusAdmin admin, Tracks tracks, Timing timing, boolean cursors) {
    this.admin = admin;
    this.tracks = tracks;
    this.timing = timing;
    this.cursors = cursors;
  }

  /** A group's place in a list. */
  private record Place(GroupKey key, long lag) {
    String token(boolean byLag) {
      return (byLag ? lag + "/" : "") + key.topic() + "/" + key.group();
    }
  }

  @Override
  public Answer answer(Ask ask) throws IOException, OpsError {
    Query query = ask.query("topic", "q", "sort", "after", "limit");
    String topic = topic(ask, query);
    String sought = query.sought();
    boolean byLag = byLag(query);
    int limit = query.limit();
    Comparator<Place> order = order(byLag);
    Place after = after(query, byLag);
    List<Place> found =
        admin.groupKeys().stream()
            .filter(key -> topic == null || key.topic().equals(topic))
            .filter(key -> isSought(key, topic == null, sought))
            .map(key -> new Place(key, byLag ? lag(key) : 0))
            .toList();
    List<Place> page =
        found.stream()
            .filter(place -> after == null || order.compare(place, after) > 0)
            .sorted(order)
            .limit(limit + 1L)
            .toList();
    List<GroupView> views = new ArrayList<>();
    for (Place place : page.subList(0, Math.min(limit, page.size()))) {
      Optional<GroupView> view = admin.storedGroup(place.key().topic(), place.key().group());
      view.ifPresent(views::add);
    }
    return Answer.json(
        out -> {
          if (topic != null) {
            out.writeStringField("topic", topic);
          }
          out.writeNumberField("total", found.size());
          out.writeArrayFieldStart(cursors ? "cursors" : "groups");
          for (GroupView view : views) {
            GroupTrack track = tracks.group(view.topic(), view.group());
            GroupRow.write(view, track, !cursors, timing.millis(), out);
          }
          out.writeEndArray();
          out.writeStringField(
              "next", page.size() > limit ? page.get(limit - 1).token(byLag) : null);
        });
  }

  private @Nullable String topic(Ask ask, Query query) throws OpsError {
    String topic = cursors ? query.required("topic", "the topic") : query.text("topic");
    if (topic == null) {
      ask.caller().requireListing();
      return null;
    }
    ask.caller().requireRead(Names.topic(topic));
    return topic;
  }

  private static boolean isSought(GroupKey key, boolean alsoTopic, String sought) {
    return key.group().toLowerCase(Locale.ROOT).contains(sought)
        || (alsoTopic && key.topic().toLowerCase(Locale.ROOT).contains(sought));
  }

  private static boolean byLag(Query query) throws OpsError {
    String sort = query.text("sort");
    if (sort == null || sort.equals("name")) {
      return false;
    }
    if (sort.equals("lag")) {
      return true;
    }
    throw OpsError.badRequest("sort must be name or lag");
  }

  private long lag(GroupKey key) {
    GroupTrack track = tracks.group(key.topic(), key.group());
    return track == null ? 0 : track.lag();
  }

  private static Comparator<Place> order(boolean byLag) {
    Comparator<Place> byName =
        Comparator.comparing((Place place) -> place.key().topic())
            .thenComparing(place -> place.key().group());
    return byLag ? Comparator.comparingLong(Place::lag).reversed().thenComparing(byName) : byName;
  }

  private static @Nullable Place after(Query query, boolean byLag) throws OpsError {
    String after = query.text("after");
    if (after == null) {
      return null;
    }
    String[] parts = after.split("/", -1);
    int names = byLag ? 1 : 0;
    if (parts.length != names + 2 || (byLag && !parts[0].matches("[0-9]{1,18}"))) {
      throw OpsError.badRequest("after must be the next of an answer with the same sort");
    }
    return new Place(
        new GroupKey(parts[names], parts[names + 1]), byLag ? Long.parseLong(parts[0]) : 0);
  }
}
