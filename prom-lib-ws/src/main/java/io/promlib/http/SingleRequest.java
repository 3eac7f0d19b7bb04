package io.promlib.http;

import com.sun.net.httpserver.Headers;
import io.promlib.event.EventMeta;
import io.promlib.event.Message;
import io.promlib.event.Payload;
import io.promlib.event.PublishOptions;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The one event of a JSON body: its id, key, ts and headers are the request's. */
final class SingleRequest {
  private final PublishOptions options;

  private SingleRequest(PublishOptions options) {
    this.options = options;
  }

  /** Reads what the request says before its body. */
  static SingleRequest of(@Nullable String rawQuery, Headers headers) throws HttpError {
    Query query = Query.of(rawQuery, List.of("id", "key", "ts"));
    try {
      EventMeta meta =
          new EventMeta(query.text("key"), EventHeaders.of(headers), List.of(), List.of(), null);
      return new SingleRequest(
          new PublishOptions(query.text("id"), query.number("ts", "epoch milliseconds"), meta));
    } catch (IllegalArgumentException e) {
      throw HttpError.badRequest(String.valueOf(e.getMessage()));
    }
  }

  List<Message<Payload>> events(byte[] body) throws HttpError {
    return List.of(Message.of(StrictJson.payload(body), options));
  }
}
