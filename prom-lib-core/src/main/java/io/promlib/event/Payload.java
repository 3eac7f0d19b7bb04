package io.promlib.event;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.NullNode;
import java.io.IOException;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * An event's payload in up to three forms, each made on first need and kept: the publisher's
 * object, its JSON bytes, its tree. So one event to many readers is encoded once, and a reader in
 * the same process that asks for the publisher's own type gets the object with no JSON at all. Safe
 * for use by many threads; what it was made of must not change afterwards.
 */
public final class Payload {
  private static final byte[] NULL_BYTES = "null".getBytes(StandardCharsets.UTF_8);

  /** The JSON value {@code null}: a tombstone for its key. */
  public static final Payload NULL = new Payload(null, JsonNode.class, NULL_BYTES, Json.mapper());

  private final @Nullable Object value;
  private final Type type;
  private final ObjectMapper mapper;
  private volatile byte @Nullable [] bytes;
  private volatile @Nullable JsonNode tree;

  private Payload(@Nullable Object value, Type type, byte @Nullable [] bytes, ObjectMapper mapper) {
    this.value = value;
    this.type = type;
    this.mapper = mapper;
    if (bytes != null) {
      this.bytes = bytes;
    }
  }

  /** The payload of an object that {@code mapper} can write; null is {@link #NULL}. */
  public static Payload of(@Nullable Object value, Type type, ObjectMapper mapper) {
    return value == null || value instanceof NullNode
        ? NULL
        : new Payload(value, type, null, mapper);
  }

  /** The payload of an object, written with the library's own mapper. */
  public static Payload of(@Nullable Object value) {
    return value == null ? NULL : of(value, value.getClass(), Json.mapper());
  }

  /**
   * The payload of one JSON value in UTF-8. The bytes are checked, kept as they are and not copied.
   *
   * @throws IllegalArgumentException if they are not exactly one JSON value
   */
  public static Payload json(byte[] json) {
    Json.requireOneValue(json);
    return checkedJson(json);
  }

  /** {@link #json(byte[])} of a text, whose halves of surrogate pairs must be escaped. */
  public static Payload json(String json) {
    if (!Utf8.hasWholePairs(json)) {
      throw new IllegalArgumentException(
          "payload holds half a surrogate pair, which UTF-8 has no bytes for; escape it");
    }
    return json(json.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * As {@link #json(byte[])}, for bytes that a JSON parser has passed over already; they are not
   * checked again.
   */
  public static Payload checkedJson(byte[] json) {
    int first = 0;
    while (json[first] <= ' ') {
      first++;
    }
    // Only null begins so.
    return json[first] == 'n' ? NULL : new Payload(null, JsonNode.class, json, Json.mapper());
  }

  public boolean isNull() {
    return this == NULL;
  }

  /**
   * The JSON in UTF-8, exactly as published if it came as JSON. The array is shared: callers must
   * not change it.
   *
   * @throws PayloadException if the publisher's object cannot be written
   */
  public byte[] bytes() {
    byte[] made = bytes;
    if (made != null) {
      return made;
    }
    synchronized (this) {
      made = bytes;
      if (made == null) {
        made = encode();
        bytes = made;
      }
      return made;
    }
  }

  /** The length of {@link #bytes()} if they were made already, else -1. */
  public int encodedLength() {
    byte[] made = bytes;
    return made == null ? -1 : made.length;
  }

  /** The publisher's object, if it came as one and is in this process. */
  public @Nullable Object object() {
    return value;
  }

  /**
   * The JSON as a tree: integers of any length, decimals to the last digit, and -0.0. It is shared:
   * callers must not change it.
   *
   * @throws PayloadException if a number's exponent is beyond {@link java.math.BigDecimal}
   */
  public JsonNode tree() {
    JsonNode made = tree;
    if (made != null) {
      return made;
    }
    synchronized (this) {
      made = tree;
      if (made == null) {
        made = value instanceof JsonNode node ? node : Json.parse(bytes());
        tree = made;
      }
      return made;
    }
  }

  /**
   * The payload as {@code wanted}: the publisher's own object where the types agree, else read from
   * the JSON by {@code reader}. Null only for {@link #NULL} read as something else than a tree.
   *
   * @throws PayloadException if the JSON does not fit the type
   */
  public @Nullable Object as(Type wanted, ObjectMapper reader) {
    if (value != null
        && (wanted.equals(type) || (wanted instanceof Class<?> c && c.isInstance(value)))) {
      return value;
    }
    if (wanted instanceof Class<?> c && c.isAssignableFrom(JsonNode.class)) {
      return tree();
    }
    if (isNull()) {
      return null;
    }
    JavaType type = reader.getTypeFactory().constructType(wanted);
    // Our own mapper's table of names would keep whatever publishers make up.
    try (JsonParser parser =
        reader == Json.mapper()
            ? Json.parsers().parser(bytes())
            : reader.getFactory().createParser(bytes())) {
      return reader.readValue(parser, type);
    } catch (IOException | NumberFormatException | ArithmeticException e) {
      throw new PayloadException("payload cannot be read as " + wanted.getTypeName(), e);
    }
  }

  private byte[] encode() {
    try {
      return mapper.writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw new PayloadException(
          "payload of type " + type.getTypeName() + " cannot be written as JSON", e);
    }
  }
}
