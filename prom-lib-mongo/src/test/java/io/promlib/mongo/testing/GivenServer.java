package io.promlib.mongo.testing;

/** A server that somebody else started. */
record GivenServer(String uri) implements TestServer {
  @Override
  public String name() {
    return "the server at " + uri;
  }

  @Override
  public boolean isOwn() {
    return false;
  }

  @Override
  public void stop() {}
}
