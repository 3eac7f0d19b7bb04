package io.promlib.mongo.testing;

/** A server that this JVM uses, and perhaps started. */
interface TestServer {
  String uri();

  /** What it is, for people. */
  String name();

  /** Whether it goes with this JVM, so that nothing in it needs tidying. */
  boolean isOwn();

  /** Has change streams or not, where that is a choice. */
  default void changeStreams(boolean on) {}

  void stop();
}
