package io.promlib.http;

import com.sun.net.httpserver.HttpExchange;
import io.promlib.acl.Identity;
import io.promlib.event.Names;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Lets those read who may: with GET, and with a token that allows to read the topic. */
final class ReadAccess {
  private final Gatekeeper gatekeeper;
  private final Places places;

  /** Access to so many at a time. */
  ReadAccess(Gatekeeper gatekeeper, Places places) {
    this.gatekeeper = gatekeeper;
    this.places = places;
  }

  /** Who asks; a request is asked this first. */
  Identity identify(HttpExchange exchange, Body body, String address) throws HttpError {
    if (!exchange.getRequestMethod().equals("GET")) {
      exchange.getResponseHeaders().set("Allow", "GET");
      throw new HttpError(405, "method_not_allowed", "read this with GET");
    }
    body.requireNone();
    return gatekeeper.identify(exchange, address);
  }

  /** A reader has no group, so a rule that names groups denies it. */
  static String topic(@Nullable String given, Identity identity) throws HttpError {
    if (given == null) {
      throw HttpError.badRequest("topic is missing; name the topic to read");
    }
    String topic = Given.of("topic", () -> Names.topic(given));
    if (!identity.policy().allowsRead(topic)) {
      throw HttpError.forbidden("the token does not allow to read this topic");
    }
    return topic;
  }

  /** What is done at one of the places. */
  interface Work {
    void run() throws IOException, HttpError;
  }

  void inPlace(String address, Work work) throws IOException, HttpError {
    places.take(address);
    try {
      work.run();
    } finally {
      places.give(address);
    }
  }
}
