package io.promlib.ops;

import io.promlib.time.Timing;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** {@code GET /status}: what the page begins with. Asks no store. */
final class StatusEndpoint implements Endpoint {
  private final Tracks tracks;
  private final @Nullable ConnectedClients clients;
  private final Timing timing;
  private final boolean actions;
  private final boolean outbox;
  private final boolean metrics;

  StatusEndpoint(
      Tracks tracks,
      @Nullable ConnectedClients clients,
      Timing timing,
      boolean actions,
      boolean outbox,
      boolean metrics) {
    this.tracks = tracks;
    this.clients = clients;
    this.timing = timing;
    this.actions = actions;
    this.outbox = outbox;
    this.metrics = metrics;
  }

  @Override
  public boolean asksStores() {
    return false;
  }

  @Override
  public Answer answer(Ask ask) throws IOException, OpsError {
    ask.query();
    boolean list = ask.caller().mayList();
    return Answer.json(
        out -> {
          out.writeNumberField("now", timing.millis());
          out.writeBooleanField("actions", actions);
          out.writeBooleanField("token", ask.caller().policy() != null);
          out.writeBooleanField("listing", list);
          out.writeBooleanField("outbox", outbox);
          out.writeBooleanField("metrics", metrics);
          out.writeBooleanField("clients", clients != null);
          if (list && clients != null) {
            out.writeNumberField("connected", clients.count());
          }
          if (list) {
            out.writeNumberField("topics", tracks.all().size());
            out.writeNumberField(
                "groups", tracks.all().stream().mapToLong(topic -> topic.groups().size()).sum());
            out.writeNumberField(
                "behind", tracks.all().stream().mapToLong(TopicTrack::behind).sum());
            out.writeNumberField(
                "rate",
                Math.round(tracks.all().stream().mapToDouble(TopicTrack::rate).sum() * 100)
                    / 100.0);
          }
        });
  }
}
