package io.promlib.ops;

import com.fasterxml.jackson.core.JsonGenerator;
import io.promlib.wire.ErrorCode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** {@code GET /clients?q=&after=&limit=}: who is connected, in the order in which they came. */
final class ClientsEndpoint implements Endpoint {
  private final @Nullable ConnectedClients clients;

  ClientsEndpoint(@Nullable ConnectedClients clients) {
    this.clients = clients;
  }

  @Override
  public boolean asksStores() {
    return false;
  }

  @Override
  public Answer answer(Ask ask) throws IOException, OpsError {
    Query query = ask.query("q", "after", "limit");
    String sought = query.sought();
    Long after = query.number("after", 0);
    int limit = query.limit();
    ask.caller().requireListing();
    ConnectedClients known = clients;
    if (known == null) {
      throw OpsError.notFound("this process has no gateway whose clients could be shown");
    }
    List<ConnectedClients.Client> page = new ArrayList<>();
    for (ConnectedClients.Client client : known.behind(after == null ? Long.MIN_VALUE : after)) {
      if (isSought(client, sought)) {
        page.add(client);
        if (page.size() > limit) {
          break;
        }
      }
    }
    return Answer.json(
        out -> {
          out.writeNumberField("total", known.count());
          out.writeArrayFieldStart("clients");
          for (ConnectedClients.Client client : page.subList(0, Math.min(limit, page.size()))) {
            write(client, out);
          }
          out.writeEndArray();
          TopicsEndpoint.number(
              out, "next", page.size() > limit ? page.get(limit - 1).peer().id() : null);
        });
  }

  private static boolean isSought(ConnectedClients.Client client, String sought) {
    return client.subject().toLowerCase(Locale.ROOT).contains(sought)
        || client.address().contains(sought);
  }

  private static void write(ConnectedClients.Client client, JsonGenerator out) throws IOException {
    ErrorCode last = client.lastError();
    out.writeStartObject();
    out.writeNumberField("id", client.peer().id());
    out.writeStringField("subject", client.peer().subject());
    out.writeStringField("address", client.address());
    out.writeNumberField("since", client.since());
    out.writeNumberField("errors", client.errors());
    out.writeStringField("lastError", last == null ? null : last.wire());
    out.writeEndObject();
  }
}
