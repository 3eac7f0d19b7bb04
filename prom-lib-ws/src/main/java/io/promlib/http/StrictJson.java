package io.promlib.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.promlib.event.JsonInput;
import io.promlib.event.JsonParsers;
import io.promlib.event.Payload;
import io.promlib.wire.Codec;
import java.io.IOException;

/** Reads JSON as deep and as strict as the gateway reads frames. */
final class StrictJson {
  static final JsonParsers PARSERS =
      new JsonParsers(
          JsonFactory.builder()
              .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
              .disable(JsonFactory.Feature.CHARSET_DETECTION)
              .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
              .streamReadConstraints(
                  StreamReadConstraints.builder()
                      .maxNestingDepth(Codec.MAX_DEPTH)
                      .maxNumberLength(Codec.MAX_DIGITS)
                      .maxStringLength(Integer.MAX_VALUE)
                      .build())
              .build());

  private StrictJson() {}

  /** The payload that a body is: exactly one JSON value, kept as it is spelled. */
  static Payload payload(byte[] body) throws HttpError {
    try (JsonParser parser = PARSERS.parser(body)) {
      if (parser.nextToken() == null) {
        throw bad("the body is empty; it must be one JSON value");
      }
      parser.skipChildren();
      if (parser.nextToken() != null) {
        throw bad("the body must be one JSON value, has more after the first");
      }
      return Payload.checkedJson(body);
    } catch (JsonProcessingException e) {
      throw bad("the body is not JSON: " + JsonInput.mistake(e));
    } catch (IOException e) {
      throw bad("the body is not UTF-8");
    }
  }

  static HttpError bad(String message) {
    return new HttpError(400, "bad_json", message);
  }
}
