package io.promlib.ops;

import io.promlib.bus.BusAdmin;
import io.promlib.bus.GroupView;
import io.promlib.event.EventRecord;
import io.promlib.time.Timing;
import java.io.IOException;
import java.util.List;

/** {@code GET /lag?topic=&group=}: how far one group is behind, in a constant number of reads. */
final class LagEndpoint implements Endpoint {
  private final BusAdmin admin;
  private final Timing timing;

  LagEndpoint(BusAdmin admin, Timing timing) {
    this.admin = admin;
    this.timing = timing;
  }

  @Override
  public Answer answer(Ask ask) throws IOException, OpsError {
    Query query = ask.query("topic", "group");
    String topic = query.required("topic", "the topic");
    String group = query.required("group", "the group");
    ask.caller().requireRead(topic);
    GroupView view =
        admin
            .storedGroup(topic, group)
            .orElseThrow(() -> OpsError.notFound("the topic has no group of this name"));
    List<EventRecord> newest = admin.read(topic, admin.bounds(topic).tail(), 1).events();
    return Answer.json(
        out -> {
          out.writeStringField("topic", topic);
          out.writeStringField("group", group);
          out.writeFieldName("lastCursor");
          if (view.floor() == 0) {
            out.writeNull();
          } else {
            out.writeStartObject();
            GroupRow.position(view, out);
            out.writeEndObject();
          }
          out.writeStringField("tail", newest.isEmpty() ? null : newest.get(0).id());
          out.writeNumberField("lag", view.lag());
          TopicsEndpoint.number(out, "lagMs", GroupRow.lagMs(view, timing.millis()));
        });
  }
}
