package io.promlib.ops;

import com.sun.net.httpserver.Headers;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A request that was let in. */
final class Ask {
  private final Caller caller;
  private final List<String> path;
  private final @Nullable String rawQuery;
  private final Headers headers;
  private final byte[] body;

  Ask(Caller caller, List<String> path, @Nullable String rawQuery, Headers headers, byte[] body) {
    this.caller = caller;
    this.path = path;
    this.rawQuery = rawQuery;
    this.headers = headers;
    this.body = body;
  }

  Caller caller() {
    return caller;
  }

  /** What stands between the slashes, decoded. */
  List<String> path() {
    return path;
  }

  @Nullable String header(String name) {
    return headers.getFirst(name);
  }

  byte[] body() {
    return body;
  }

  /** The query, which may have these fields only. */
  Query query(String... known) throws OpsError {
    return Query.of(rawQuery, List.of(known));
  }

  void requireNoBody() throws OpsError {
    if (body.length > 0) {
      throw OpsError.badRequest("send this request without a body");
    }
  }
}
