package io.promlib.event;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonParser.NumberType;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonStreamContext;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import java.io.CharConversionException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads a JSON object field by field, with no tree: {@link #nextField()} steps to a value, the
 * other methods take it as a type. A value of another type is an {@link IllegalArgumentException}
 * that names the field; what is not JSON is a {@link JsonProcessingException}, and what is not
 * UTF-8 another {@link IOException}. For one thread.
 */
public final class JsonInput implements AutoCloseable {
  private static final String NO_OBJECT = "the text must be one JSON object";
  private static final int MOST_OF_A_NAME = 64;
  private static final String MORE = "there is more after the object";

  private final byte[] source;
  private final JsonParser parser;

  private JsonInput(byte[] source, JsonParser parser) {
    this.source = source;
    this.parser = parser;
  }

  /** Opens a text that must be one JSON object in UTF-8. The parsers must not detect charsets. */
  public static JsonInput object(JsonParsers parsers, byte[] utf8) throws IOException {
    if (!Utf8.isValid(utf8, utf8.length)) {
      throw new CharConversionException("not UTF-8");
    }
    JsonInput in = new JsonInput(utf8, parsers.parser(utf8));
    if (in.parser.nextToken() != JsonToken.START_OBJECT) {
      throw new JsonParseException(in.parser, NO_OBJECT);
    }
    return in;
  }

  /**
   * What is wrong with a text that is not JSON, for whoever sent it: never a word of the text but a
   * field's name, as a secret without its quotes would be one.
   */
  public static String mistake(JsonProcessingException e) {
    String message = e.getOriginalMessage();
    if (e instanceof StreamConstraintsException) {
      return message.replaceAll(", from `[^`]*`", "");
    }
    if (e instanceof JsonEOFException) {
      return "it ends before it is complete";
    }
    if (message.equals(NO_OBJECT) || message.equals(MORE)) {
      return message;
    }
    if (message.startsWith("Duplicate field")) {
      return shortened(message);
    }
    JsonLocation at = e.getLocation();
    return "look at line " + at.getLineNr() + ", column " + at.getColumnNr();
  }

  /**
   * Steps to the next field and returns its name, or null at the object's end. A field that is null
   * counts as absent, but for {@code payload}.
   */
  public @Nullable String nextField() throws IOException {
    while (true) {
      String name = parser.nextFieldName();
      if (name == null || parser.nextToken() != JsonToken.VALUE_NULL || name.equals("payload")) {
        return name;
      }
    }
  }

  /** Steps into an object; {@link #nextField()} goes on with its fields. */
  public void enterObject() {
    require(parser.currentToken() == JsonToken.START_OBJECT, "an object");
  }

  /** Steps into an array; {@link #nextElement()} goes on with its elements. */
  public void enterArray() {
    require(parser.currentToken() == JsonToken.START_ARRAY, "an array");
  }

  /** Steps to the next element; false at the array's end. */
  public boolean nextElement() throws IOException {
    return parser.nextToken() != JsonToken.END_ARRAY;
  }

  /** Passes over the value. */
  public void skip() throws IOException {
    parser.skipChildren();
  }

  public String string() throws IOException {
    require(parser.currentToken() == JsonToken.VALUE_STRING, "a string");
    return parser.getText();
  }

  public boolean bool() {
    JsonToken token = parser.currentToken();
    require(token == JsonToken.VALUE_TRUE || token == JsonToken.VALUE_FALSE, "true or false");
    return token == JsonToken.VALUE_TRUE;
  }

  /** A whole number of at most 64 bits. */
  public long whole() throws IOException {
    boolean fits =
        parser.currentToken() == JsonToken.VALUE_NUMBER_INT
            && parser.getNumberType() != NumberType.BIG_INTEGER;
    require(fits, "a whole number of at most 64 bits");
    return parser.getLongValue();
  }

  /** A whole number of at most 32 bits. */
  public int count() throws IOException {
    long value = whole();
    require(value == (int) value, "a whole number of at most 32 bits");
    return (int) value;
  }

  public boolean isNumber() {
    return parser.currentToken().isNumeric();
  }

  /** Any number, cut to a whole one and to the range of a long. */
  public long duration() throws IOException {
    require(isNumber(), "a number");
    boolean exact =
        parser.currentToken() == JsonToken.VALUE_NUMBER_INT
            && parser.getNumberType() != NumberType.BIG_INTEGER;
    return exact ? parser.getLongValue() : (long) parser.getDoubleValue();
  }

  /** An array of at most so many strings. */
  public List<String> strings(int most) throws IOException {
    enterArray();
    List<String> all = new ArrayList<>();
    while (nextElement()) {
      if (all.size() == most) {
        throw new IllegalArgumentException(parent() + " must have at most " + most + " entries");
      }
      all.add(string());
    }
    return all;
  }

  /** An object whose values are strings. */
  public Map<String, String> stringMap() throws IOException {
    enterObject();
    Map<String, String> all = new LinkedHashMap<>();
    for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
      parser.nextToken();
      all.put(name, string());
    }
    return all;
  }

  /** Any value, as the very bytes it is spelled with. */
  public Payload payload() throws IOException {
    int start = (int) parser.currentTokenLocation().getByteOffset();
    parser.skipChildren();
    parser.finishToken();
    int end = (int) parser.currentLocation().getByteOffset();
    return Payload.checkedJson(Arrays.copyOfRange(source, start, end));
  }

  /** Checks that the text ends after the object. */
  public void end() throws IOException {
    if (parser.nextToken() != null) {
      throw new JsonParseException(parser, MORE);
    }
  }

  /** What to throw when the object that was just read lacks a field. */
  public IllegalArgumentException missing(String field) {
    String object = path(parser.getParsingContext());
    return new IllegalArgumentException(
        (object.isEmpty() ? "" : object + ".") + field + " is missing");
  }

  /** The name of the value at hand, from the outermost object: {@code opts.filter.tags[1]}. */
  public String at() {
    JsonStreamContext context = parser.getParsingContext();
    JsonToken token = parser.currentToken();
    boolean inside = token == JsonToken.START_OBJECT || token == JsonToken.START_ARRAY;
    return path(inside ? context.getParent() : context);
  }

  @Override
  public void close() throws IOException {
    parser.close();
  }

  private String parent() {
    return path(parser.getParsingContext().getParent());
  }

  private void require(boolean holds, String type) {
    if (!holds) {
      throw new IllegalArgumentException(at() + " must be " + type);
    }
  }

  private static String shortened(String text) {
    return text.length() <= MOST_OF_A_NAME ? text : text.substring(0, MOST_OF_A_NAME) + "…";
  }

  private static String path(@Nullable JsonStreamContext context) {
    if (context == null || context.inRoot()) {
      return "";
    }
    String outer = path(context.getParent());
    if (context.inArray()) {
      return outer + "[" + context.getCurrentIndex() + "]";
    }
    String name = shortened(String.valueOf(context.getCurrentName()));
    return outer.isEmpty() ? name : outer + "." + name;
  }
}
