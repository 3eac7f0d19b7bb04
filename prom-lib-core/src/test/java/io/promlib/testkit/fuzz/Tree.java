package io.promlib.testkit.fuzz;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** JSON that may be wrong: a name may stand twice, and a leaf may hold any text. */
final class Tree {
  private static final JsonFactory JSON = new JsonFactory();

  enum Kind {
    OBJECT,
    ARRAY,
    LEAF
  }

  final Kind kind;
  final String text;
  final List<String> names = new ArrayList<>();
  final List<Tree> parts = new ArrayList<>();

  private Tree(Kind kind, String text) {
    this.kind = kind;
    this.text = text;
  }

  static Tree leaf(String text) {
    return new Tree(Kind.LEAF, text);
  }

  static Tree object() {
    return new Tree(Kind.OBJECT, "");
  }

  static Tree array() {
    return new Tree(Kind.ARRAY, "");
  }

  static Tree parse(byte[] json) {
    try (JsonParser parser = JSON.createParser(json)) {
      parser.nextToken();
      return read(parser);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Tree read(JsonParser parser) throws IOException {
    JsonToken token = parser.currentToken();
    if (token == JsonToken.START_OBJECT) {
      Tree object = object();
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        object.names.add(parser.currentName());
        parser.nextToken();
        object.parts.add(read(parser));
      }
      return object;
    }
    if (token == JsonToken.START_ARRAY) {
      Tree array = array();
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        array.parts.add(read(parser));
      }
      return array;
    }
    return leaf(token == JsonToken.VALUE_STRING ? quoted(parser.getText()) : parser.getText());
  }

  Tree copy() {
    Tree copy = new Tree(kind, text);
    copy.names.addAll(names);
    parts.forEach(part -> copy.parts.add(part.copy()));
    return copy;
  }

  /** This and all within that are no leaves. */
  List<Tree> inner() {
    List<Tree> found = new ArrayList<>();
    if (kind != Kind.LEAF) {
      found.add(this);
      parts.forEach(part -> found.addAll(part.inner()));
    }
    return found;
  }

  byte[] bytes(Random random) {
    StringBuilder out = new StringBuilder();
    print(out, random, random.nextInt(4) == 0);
    return out.toString().getBytes(StandardCharsets.UTF_8);
  }

  private void print(StringBuilder out, Random random, boolean spaced) {
    if (kind == Kind.LEAF) {
      out.append(text);
      return;
    }
    boolean object = kind == Kind.OBJECT;
    out.append(object ? '{' : '[');
    for (int i = 0; i < parts.size(); i++) {
      out.append(i > 0 ? "," : "").append(space(random, spaced));
      if (object) {
        out.append(quoted(names.get(i))).append(space(random, spaced)).append(':');
      }
      out.append(space(random, spaced));
      parts.get(i).print(out, random, spaced);
      out.append(space(random, spaced));
    }
    out.append(object ? '}' : ']');
  }

  private static String space(Random random, boolean spaced) {
    return spaced ? " \t\r\n ".substring(random.nextInt(5)) : "";
  }

  /** In quotes, with escapes where JSON demands them; UTF-8 has nothing for half a pair either. */
  static String quoted(String text) {
    StringBuilder out = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < ' ' || Character.isSurrogate(c)) {
        out.append(String.format("\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    return out.append('"').toString();
  }
}
