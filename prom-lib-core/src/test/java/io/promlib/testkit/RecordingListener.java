package io.promlib.testkit;

import io.promlib.bus.BusListener;
import io.promlib.event.EventRecord;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Keeps what a bus tells, a line a call, in order: {@code "deliver mailer #3 attempt 1"}. */
public final class RecordingListener implements BusListener {
  private final List<String> calls = new CopyOnWriteArrayList<>();
  private final List<Duration> durations = new CopyOnWriteArrayList<>();
  private final List<Throwable> errors = new CopyOnWriteArrayList<>();

  public List<String> calls() {
    return List.copyOf(calls);
  }

  /** The calls of one kind: their lines that begin with this word. */
  public List<String> calls(String kind) {
    return calls.stream().filter(call -> call.startsWith(kind + " ")).toList();
  }

  /** How long publishes and handlers took, in the order of their calls. */
  public List<Duration> durations() {
    return List.copyOf(durations);
  }

  public List<Throwable> errors() {
    return List.copyOf(errors);
  }

  public void clear() {
    calls.clear();
    durations.clear();
    errors.clear();
  }

  @Override
  public void onPublish(EventRecord event, Duration took) {
    calls.add("publish " + event.topic() + " #" + event.seq());
    durations.add(took);
  }

  @Override
  public void onDeliver(String group, EventRecord event, int attempt) {
    calls.add("deliver " + group + " #" + event.seq() + " attempt " + attempt);
  }

  @Override
  public void onAck(String group, EventRecord event) {
    calls.add("ack " + group + " #" + event.seq());
  }

  @Override
  public void onHandled(String group, EventRecord event, Duration took) {
    calls.add("handled " + group + " #" + event.seq());
    durations.add(took);
  }

  @Override
  public void onNack(String group, EventRecord event, int attempt, String reason) {
    calls.add("nack " + group + " #" + event.seq() + " attempt " + attempt + ": " + reason);
  }

  @Override
  public void onExpire(String group, EventRecord event, int attempt) {
    calls.add("expire " + group + " #" + event.seq() + " attempt " + attempt);
  }

  @Override
  public void onDeadLetter(String group, EventRecord event, int attempts, String reason) {
    calls.add("dead " + group + " #" + event.seq() + " attempts " + attempts + ": " + reason);
  }

  @Override
  public void onSkip(String topic, String group, long from, long to) {
    calls.add("skip " + topic + " " + group + " #" + from + " to #" + to);
  }

  @Override
  public void onError(String topic, String group, Throwable error) {
    calls.add("error " + topic + " " + group);
    errors.add(error);
  }
}
