package io.promlib.jwt;

import com.fasterxml.jackson.databind.JsonNode;
import io.promlib.acl.AuthenticationException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A signed token taken apart, its signature not yet checked. Each part is base64url in its one
 * canonical spelling, so that no other text passes for the same token.
 *
 * <p>Keys and addresses of keys in the header ({@code jwk}, {@code jku}, {@code x5u}, {@code x5c})
 * are not read.
 */
final class SignedToken {

  private static final String ENCRYPTED_OR_NESTED =
      "send a token that is signed once and neither encrypted nor compressed";

  private final JsonNode header;
  private final byte[] payload;
  private final byte[] signed;
  private final byte[] signature;

  private SignedToken(JsonNode header, byte[] payload, byte[] signed, byte[] signature) {
    this.header = header;
    this.payload = payload;
    this.signed = signed;
    this.signature = signature;
  }

  /**
   * Takes a token apart and refuses what its header asks for and nobody gives here.
   *
   * @throws AuthenticationException if it is no signed JWT by its form, or for its header
   */
  static SignedToken parse(String text, Set<String> types) {
    String[] parts = text.split("\\.", -1);
    if (parts.length == 5) {
      throw Refusal.form("the token is encrypted: " + ENCRYPTED_OR_NESTED);
    }
    if (parts.length != 3) {
      throw Refusal.form("the token is no JWT: it must have three parts with a dot between them");
    }
    byte[] payload = decode(parts[1]);
    byte[] signature = decode(parts[2]);
    JsonNode header =
        StrictJson.object(decode(parts[0]))
            .orElseThrow(
                () -> Refusal.form("the token is no JWT: its header is no plain JSON object"));
    checkHeader(header, types);
    byte[] signed = text.substring(0, text.lastIndexOf('.')).getBytes(StandardCharsets.US_ASCII);
    return new SignedToken(header, payload, signed, signature);
  }

  /** The algorithm that the header names, if there is one by that name here. */
  @Nullable JwsAlgorithm algorithm() {
    return JwsAlgorithm.of(header.path("alg").asText("")).orElse(null);
  }

  /** The name of the key, if the header has one. */
  @Nullable String keyId() {
    JsonNode kid = header.get("kid");
    return kid == null ? null : kid.textValue();
  }

  /** True if the signature was made with this algorithm and the key's other half. */
  boolean isSignedBy(VerificationKey key, JwsAlgorithm algorithm) {
    return algorithm.verify(signature, signed, key.key());
  }

  /**
   * The claims. To be asked once the signature is known to hold.
   *
   * @throws AuthenticationException if the payload is no JSON object, or one with a name twice
   */
  JsonNode claims() {
    return StrictJson.object(payload)
        .orElseThrow(
            () ->
                Refusal.invalid(
                    "claims",
                    "the payload must be a JSON object in UTF-8 with each name once and at most "
                        + StrictJson.MAX_DEPTH
                        + " levels"));
  }

  private static void checkHeader(JsonNode header, Set<String> types) {
    if (header.has("crit")) {
      throw Refusal.invalid("crit", "no extensions are understood here: leave it out");
    }
    if (header.has("enc") || header.has("zip")) {
      throw Refusal.invalid(header.has("enc") ? "enc" : "zip", ENCRYPTED_OR_NESTED);
    }
    if (header.has("b64")) {
      throw Refusal.invalid("b64", "the payload must be base64url: leave it out");
    }
    if (isJwt(header.path("cty"))) {
      throw Refusal.invalid("cty", ENCRYPTED_OR_NESTED);
    }
    if (header.has("kid") && !header.path("kid").isTextual()) {
      throw Refusal.invalid("kid", "must be a string");
    }
    JsonNode type = header.get("typ");
    if (!types.contains(type == null ? "" : mediaType(type))) {
      throw Refusal.invalid("typ", "tokens of this type are not accepted");
    }
  }

  private static boolean isJwt(JsonNode contentType) {
    return mediaType(contentType).equals("jwt");
  }

  // RFC 7515 section 4.1.9: "application/" may be left out; media types have no case.
  private static String mediaType(JsonNode value) {
    if (!value.isTextual()) {
      return value.isMissingNode() ? "" : "no text";
    }
    String type = value.textValue().toLowerCase(Locale.ROOT);
    return type.startsWith("application/") ? type.substring("application/".length()) : type;
  }

  private static byte[] decode(String part) {
    try {
      byte[] bytes = Base64.getUrlDecoder().decode(part);
      if (Base64.getUrlEncoder().withoutPadding().encodeToString(bytes).equals(part)) {
        return bytes;
      }
    } catch (IllegalArgumentException e) {
      // Not base64 at all: the same to the caller as base64 in another spelling.
    }
    throw Refusal.form("the token is no JWT: its parts must be base64url without padding");
  }
}
