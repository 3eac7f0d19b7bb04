package io.promlib.mongo;

import io.promlib.event.EventRecord;
import io.promlib.event.Published;
import io.promlib.store.Draft;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The events of one append, what became of them, and which have yet to find their place. */
final class AppendCall {
  private final String topic;
  private final List<EncodedEvent> events;
  private final Published[] answers;

  /* By id, so that an event whose id stands before it in the list is answered with that. */
  private final Map<String, Integer> firstOfId = new HashMap<>();
  private boolean doubtful;

  @SuppressWarnings("NullAway") // Filled in as the answers come.
  AppendCall(String topic, List<Draft> drafts) {
    this.topic = topic;
    events = new ArrayList<>(drafts.size());
    answers = new Published[drafts.size()];
    for (Draft draft : drafts) {
      events.add(EventDocuments.encode(topic, draft));
      firstOfId.putIfAbsent(draft.id(), events.size() - 1);
    }
  }

  /** The next that have no place, in their order; one at least, if it alone is too large. */
  List<EncodedEvent> pending(int most, long mostBytes) {
    List<EncodedEvent> pending = new ArrayList<>();
    long bytes = 0;
    for (int i = 0; i < answers.length && pending.size() < most; i++) {
      if (answers[i] == null && isFirst(i)) {
        bytes += events.get(i).size();
        if (bytes > mostBytes && !pending.isEmpty()) {
          break;
        }
        pending.add(events.get(i));
      }
    }
    return pending;
  }

  private boolean isFirst(int index) {
    Integer first = firstOfId.get(events.get(index).draft().id());
    return first != null && first == index;
  }

  /** The document ids that publishers gave. */
  List<String> givenIds() {
    List<String> given = new ArrayList<>();
    for (EncodedEvent event : events) {
      if (event.draft().idGiven()) {
        given.add(EventDocuments.documentId(topic, event.draft().id()));
      }
    }
    return given;
  }

  /** It stands where it was last tried. */
  void placed(EncodedEvent event) {
    Tail place = event.tried();
    if (place == null) {
      throw new IllegalStateException("event " + event.draft().id() + " was never tried");
    }
    answer(event.draft(), event.draft().placed(topic, place.seq(), place.at()), false);
  }

  /** Its id was there already. */
  void duplicate(EncodedEvent event, EventRecord stored) {
    answer(event.draft(), stored, true);
  }

  private void answer(Draft draft, EventRecord record, boolean duplicate) {
    Integer first = firstOfId.get(draft.id());
    if (first != null) {
      answers[first] = new Published(record, duplicate);
    }
  }

  /** From now on a try may have been stored without our knowing. */
  void doubt() {
    doubtful = true;
  }

  boolean isDoubtful() {
    return doubtful;
  }

  /** What became of the events, up to the first without an answer. */
  List<Published> answers() {
    List<Published> all = new ArrayList<>(answers.length);
    for (int i = 0; i < answers.length; i++) {
      Published answer = answer(i);
      if (answer == null) {
        break;
      }
      all.add(answer);
    }
    return all;
  }

  private @Nullable Published answer(int index) {
    if (answers[index] != null) {
      return answers[index];
    }
    Integer first = firstOfId.get(events.get(index).draft().id());
    Published original = first == null ? null : answers[first];
    return original == null ? null : new Published(original.record(), true);
  }
}
