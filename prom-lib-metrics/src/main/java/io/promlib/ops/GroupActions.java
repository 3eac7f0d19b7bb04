package io.promlib.ops;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.promlib.bus.BusAdmin;
import io.promlib.bus.StartAt;
import io.promlib.event.Json;
import io.promlib.event.JsonInput;
import io.promlib.event.Names;
import java.io.IOException;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Changes of groups. */
final class GroupActions {
  private static final String FORM =
      "send {\"from\": \"earliest\"}, latest, ts with ts, afterId with afterId, or afterSeq with"
          + " seq";

  private final BusAdmin admin;

  GroupActions(BusAdmin admin) {
    this.admin = admin;
  }

  /** {@code POST /groups/{topic}/{group}/seek} with a place as {@code SUBSCRIBE.opts} name it. */
  Answer seek(Ask ask) throws IOException, OpsError {
    String topic = Names.topic(ask.path().get(1));
    String group = Names.group(ask.path().get(2));
    ask.query();
    ask.caller().requireAction(topic);
    StartAt to = place(ask);
    if (!admin.seek(topic, group, to)) {
      throw OpsError.notFound("the topic has no group of this name");
    }
    long floor = admin.storedGroup(topic, group).map(view -> view.floor()).orElse(0L);
    return Answer.json(
        out -> {
          out.writeStringField("topic", topic);
          out.writeStringField("group", group);
          out.writeNumberField("seq", floor);
        });
  }

  /** {@code DELETE /groups/{topic}/{group}}. */
  Answer delete(Ask ask) throws IOException, OpsError {
    String topic = Names.topic(ask.path().get(1));
    String group = Names.group(ask.path().get(2));
    ask.requireNoBody();
    ask.query();
    ask.caller().requireAction(topic);
    if (!admin.deleteGroup(topic, group)) {
      throw OpsError.notFound("the topic has no group of this name");
    }
    return Answer.json(
        out -> {
          out.writeStringField("topic", topic);
          out.writeStringField("group", group);
          out.writeBooleanField("deleted", true);
        });
  }

  private static StartAt place(Ask ask) throws OpsError {
    String type = ask.header("Content-Type");
    if (type == null || !type.toLowerCase(Locale.ROOT).matches("application/json *(;.*)?")) {
      throw new OpsError(415, "unsupported_type", "send Content-Type: application/json; " + FORM);
    }
    String from = null;
    Long ts = null;
    String id = null;
    Long seq = null;
    try (JsonInput in = JsonInput.object(Json.parsers(), ask.body())) {
      for (String field = in.nextField(); field != null; field = in.nextField()) {
        switch (field) {
          case "from" -> from = in.string();
          case "ts" -> ts = in.whole();
          case "afterId" -> id = in.string();
          case "seq" -> seq = in.whole();
          default -> in.skip();
        }
      }
      in.end();
    } catch (JsonProcessingException e) {
      throw new OpsError(
          400, "bad_json", "the body is not JSON: " + JsonInput.mistake(e) + "; " + FORM);
    } catch (IOException e) {
      throw new OpsError(400, "bad_json", "the body is not UTF-8");
    }
    return place(from, ts, id, seq);
  }

  private static StartAt place(
      @Nullable String from, @Nullable Long ts, @Nullable String id, @Nullable Long seq)
      throws OpsError {
    if ("earliest".equals(from)) {
      return StartAt.EARLIEST;
    }
    if ("latest".equals(from)) {
      return StartAt.LATEST;
    }
    if ("ts".equals(from) && ts != null) {
      return new StartAt.Since(Instant.ofEpochMilli(ts));
    }
    if ("afterId".equals(from) && id != null) {
      return new StartAt.AfterId(id);
    }
    if ("afterSeq".equals(from) && seq != null) {
      return new StartAt.AfterSeq(seq);
    }
    throw OpsError.badRequest("from is missing, not known, or lacks its field; " + FORM);
  }
}
