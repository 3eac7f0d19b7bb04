package io.promlib.mongo;

import io.promlib.store.Backoff;
import io.promlib.store.Filter;
import io.promlib.store.GroupSettings;
import io.promlib.store.Ordering;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bson.Document;

/** A group's settings as fields. Those that a group does without are left out. */
final class SettingsFields {
  private SettingsFields() {}

  static void put(GroupSettings settings, Document fields) {
    Backoff backoff = settings.backoff();
    fields
        .append("ordering", settings.ordering().name())
        .append("maxAttempts", settings.maxAttempts())
        .append(
            "backoff",
            new Document("first", time(backoff.first()))
                .append("factor", backoff.factor())
                .append("max", time(backoff.max()))
                .append("jitter", backoff.jitter()));
    Duration life = settings.expireAfter();
    if (life != null) {
      fields.append("expireAfter", time(life));
    }
    if (settings.filter() instanceof Filter.Named named) {
      fields.append("filter", new Document("named", named.name()));
    } else if (settings.filter() instanceof Filter.Match match) {
      fields.append("filter", match(match));
    }
  }

  static GroupSettings read(Document fields) {
    Document backoff = Fields.document(fields, "backoff");
    return new GroupSettings(
        Ordering.valueOf(Fields.text(fields, "ordering")),
        fields.containsKey("filter") ? filter(Fields.document(fields, "filter")) : Filter.ALL,
        (int) Fields.number(fields, "maxAttempts"),
        new Backoff(
            time(backoff, "first"),
            Fields.real(backoff, "factor"),
            time(backoff, "max"),
            Fields.real(backoff, "jitter")),
        fields.containsKey("expireAfter") ? time(fields, "expireAfter") : null);
  }

  /* Headers are pairs, because a name may hold dots and dollars, which not every server takes in a field. */
  private static Document match(Filter.Match match) {
    List<Document> headers = new ArrayList<>();
    match
        .headers()
        .forEach((name, value) -> headers.add(new Document("name", name).append("value", value)));
    Document filter = new Document();
    String key = match.key();
    if (key != null) {
      filter.append("key", key);
    }
    return filter.append("tags", match.tags()).append("headers", headers);
  }

  private static Filter filter(Document filter) {
    if (filter.containsKey("named")) {
      return new Filter.Named(Fields.text(filter, "named"));
    }
    Map<String, String> headers = new HashMap<>();
    for (Document header : Fields.list(filter, "headers", Document.class)) {
      headers.put(Fields.text(header, "name"), Fields.text(header, "value"));
    }
    return new Filter.Match(
        filter.containsKey("key") ? Fields.text(filter, "key") : null,
        Fields.list(filter, "tags", String.class),
        headers);
  }

  /** Milliseconds; where those are not exact, as ISO 8601 has it. */
  private static Object time(Duration time) {
    try {
      if (time.toNanosPart() % 1_000_000 == 0) {
        return time.toMillis();
      }
    } catch (ArithmeticException tooLong) {
      // as text, then
    }
    return time.toString();
  }

  private static Duration time(Document fields, String name) {
    return fields.get(name) instanceof String text
        ? Duration.parse(text)
        : Duration.ofMillis(Fields.number(fields, name));
  }
}
