package io.promlib.store;

import io.promlib.event.EventRecord;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The newest events of some keys, one of each, in the order of {@link
 * io.promlib.event.Utf8#compare}.
 *
 * @param events none only where there are no more keys; fewer than asked for where they are large
 * @param next the key that the next page is to be read behind; null: there is none
 */
public record LatestPage(List<EventRecord> events, @Nullable String next) {
  /** A page that holds so many bytes takes up no further event. */
  public static final long ENOUGH_BYTES = 8L << 20;
}
