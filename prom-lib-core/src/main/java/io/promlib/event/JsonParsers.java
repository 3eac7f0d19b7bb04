package io.promlib.event;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Makes parsers of one kind for bytes that anybody may have sent. They share a table of the names
 * they met, which reading is fast by; it begins anew after every 4 MiB, so that names made up to
 * fill it, or to collide in it, cost no more than that. Safe for use by many threads.
 */
public final class JsonParsers {
  static final long FORGET_AFTER = 4 << 20;

  private final AtomicLong read = new AtomicLong();
  private volatile JsonFactory factory;

  /** The parsers that the factory makes; it is not used any other way from now on. */
  public JsonParsers(JsonFactory factory) {
    this.factory = factory;
  }

  /** A parser of these bytes. */
  public JsonParser parser(byte[] utf8) throws IOException {
    if (read.addAndGet(utf8.length) > FORGET_AFTER) {
      read.set(0);
      // A copy has all settings and a table of its own.
      factory = factory.copy();
    }
    return factory.createParser(utf8);
  }

  /** A generator that writes UTF-8. */
  public JsonGenerator generator(OutputStream out) throws IOException {
    return factory.createGenerator(out);
  }
}
