package io.promlib.examples.bench.ws;

/** What is measured. */
enum WsCase {
  SINGLE("events one by one", false, 0, 100, 0),
  BARE_SINGLE("bare frames one by one", true, 0, 100, 0),
  BATCH("events by the hundred", false, 100, 1000, 0),
  BARE_BATCH("bare frames of a hundred", true, 100, 1000, 0),
  BATCH_NARROW("a hundred, window 100", false, 100, 100, 0),
  BARE_BATCH_NARROW("bare hundred, window 100", true, 100, 100, 0),
  ROUND("one event at a time", false, 0, 1, 0),
  BARE_ROUND("one bare frame at a time", true, 0, 1, 0),
  TAILS("an event to every tail", false, 0, 0, 1000),
  BARE_BROADCAST("bare broadcast", true, 0, 0, 1000),
  IDLE("idle connections", false, 0, 0, 0);

  private final String label;
  private final boolean bare;
  private final int batch;
  private final int window;
  private final int crowd;

  WsCase(String label, boolean bare, int batch, int window, int crowd) {
    this.label = label;
    this.bare = bare;
    this.batch = batch;
    this.window = window;
    this.crowd = crowd;
  }

  String label() {
    return label;
  }

  /** Whether the server is Java-WebSocket with nothing around it. */
  boolean isBare() {
    return bare;
  }

  /** Events in a frame; 0: each in one of its own. */
  int batch() {
    return batch;
  }

  /** Events that may be on their way or unacked. */
  int window() {
    return window;
  }

  /** Connections that all get every event; 0: one connection that acks. */
  int crowd() {
    return crowd;
  }
}
