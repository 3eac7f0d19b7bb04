package io.promlib.outbox;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Keeps what a drainer tells, a line a call. */
final class HeardOutbox implements OutboxListener {
  private final List<String> calls = new CopyOnWriteArrayList<>();

  List<String> calls() {
    return List.copyOf(calls);
  }

  @Override
  public void onPublished(OutboxRecord record) {
    calls.add("published " + record.id());
  }

  @Override
  public void onDropped(OutboxRecord record) {
    calls.add("dropped " + record.id());
  }

  @Override
  public void onFailed(OutboxRecord record, int attempts, Throwable error, boolean rests) {
    calls.add("failed " + record.id() + " " + attempts + (rests ? " rests" : " again"));
  }

  @Override
  public void onLost(OutboxRecord record) {
    calls.add("lost " + record.id());
  }

  @Override
  public void onError(Throwable error) {
    calls.add("error " + error.getMessage());
  }
}
