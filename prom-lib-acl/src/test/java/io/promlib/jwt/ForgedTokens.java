package io.promlib.jwt;

import io.promlib.testkit.fuzz.Bytes;
import io.promlib.testkit.fuzz.Fuzz;
import io.promlib.testkit.fuzz.JsonInputs;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.EdECPrivateKeySpec;
import java.security.spec.NamedParameterSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import javax.crypto.Mac;

/**
 * Tokens made from good ones: bytes changed, cut off, parts of several put together, headers and
 * claims mangled under a signature that was made for others, and now and then a good one as it is.
 * Keys are from RFCs and signatures have no random part, so that a seed makes the same again.
 */
final class ForgedTokens implements Fuzz.Generator {
  static final List<byte[]> HEADERS =
      json(
          "{'alg':'HS256'}",
          "{'alg':'HS256','typ':'JWT','kid':'some-key-of-somebody'}",
          "{'typ':'application/at+jwt','alg':'HS256','jku':'https://evil','jwk':{'kty':'oct'}}",
          "{'alg':'HS256','crit':['b64'],'b64':false,'zip':'DEF','enc':'A256GCM','cty':'JWT'}",
          "{'alg':'none'}",
          "{'alg':'EdDSA','kid':'ed'}");
  static final List<byte[]> CLAIMS =
      json(
          "{'sub':'ann','exp':1700000060,'scope':'publish:a subscribe:**'}",
          "{'sub':'ann','exp':1700000060.5,'nbf':1699999999,'iat':1.7e9,'scopes':['publish:a.*']}",
          "{'sub':'bob','exp':253402300799,'iss':'i','aud':['a','b'],'policy':{'rules':["
              + "{'effect':'allow','action':'publish','topics':['a.*']}]}}");

  /** From RFC 7517, A.1 and RFC 8037, A.2. */
  static final List<byte[]> JWKS_EXAMPLES =
      json(
          "{'keys':[{'kty':'EC','crv':'P-256','use':'sig','kid':'ec',"
              + "'x':'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4',"
              + "'y':'4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM'}]}",
          "{'keys':[{'kty':'RSA','e':'AQAB','alg':'RS256','key_ops':['verify'],'n':'0vx7agoebGcQSuu"
              + "PiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKR"
              + "XjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2"
              + "QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWh"
              + "AI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
              + "'}]}",
          "{'keys':[{'kty':'OKP','crv':'Ed25519','kid':'ed',"
              + "'x':'11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo'},{'kty':'oct','k':'AAAA'}]}");

  private static final PrivateKey ED25519 = edwards("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");

  private final JsonInputs headers = JsonInputs.from(HEADERS);
  private final JsonInputs claims = JsonInputs.from(CLAIMS);
  private final List<String> bySecret =
      CLAIMS.stream().flatMap(c -> Stream.of(0, 1).map(h -> hs256(HEADERS.get(h), c))).toList();
  private final List<String> byKey =
      CLAIMS.stream().map(c -> Tokens.signed(text(HEADERS.get(5)), c, ED25519)).toList();
  private final List<byte[]> all =
      Stream.concat(bySecret.stream(), byKey.stream()).map(ForgedTokens::bytes).toList();

  /** The good ones with {@link Tokens#SECRET}. */
  List<String> signedWithTheSecret() {
    return bySecret;
  }

  /** The good ones with the last of {@link #JWKS_EXAMPLES}. */
  List<String> signedWithTheKey() {
    return byKey;
  }

  @Override
  public byte[] next(Random random) {
    return switch (random.nextInt(16)) {
      case 0 -> any(random);
      case 1 -> Bytes.noise(random, 200);
      case 2 -> Arrays.copyOf(any(random), random.nextInt(100));
      case 3, 4, 5, 6 -> Bytes.mutate(any(random), all, random);
      default -> bytes(String.join(".", parts(random)));
    };
  }

  private byte[] any(Random random) {
    return all.get(random.nextInt(all.size()));
  }

  private List<String> parts(Random random) {
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      parts.add(text(any(random)).split("\\.", -1)[i]);
    }
    switch (random.nextInt(8)) {
      case 0 -> parts.set(0, Tokens.encode(headers.next(random)));
      case 1 -> parts.set(1, Tokens.encode(claims.next(random)));
      case 2 -> parts.set(2, Tokens.encode(Bytes.noise(random, 70)));
      case 3 -> parts.remove(random.nextInt(3));
      case 4 -> parts.add(random.nextInt(4), parts.get(random.nextInt(3)));
      case 5 -> respell(parts, random);
      case 6 -> parts.set(random.nextInt(3), "");
      default -> {}
    }
    return parts;
  }

  /** One part, and perhaps another, in a spelling that a lenient decoder takes for the same. */
  private static void respell(List<String> parts, Random random) {
    int at = random.nextInt(3);
    String part = parts.get(at);
    parts.set(
        at,
        switch (random.nextInt(4)) {
          case 0 -> part + "=".repeat(1 + random.nextInt(2));
          case 1 -> part.replace('-', '+').replace('_', '/');
          case 2 ->
              part.substring(0, part.length() - 1) + (char) (part.charAt(part.length() - 1) + 1);
          default -> new StringBuilder(part).insert(random.nextInt(part.length()), '\n').toString();
        });
  }

  /** Signs with {@link Tokens#SECRET} whatever the header and the claims are. */
  static String hs256(byte[] header, byte[] claims) {
    String input = Tokens.encode(header) + "." + Tokens.encode(claims);
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(Tokens.secretKey());
      return input + "." + Tokens.encode(mac.doFinal(bytes(input)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static PrivateKey edwards(String key) {
    try {
      return KeyFactory.getInstance("Ed25519")
          .generatePrivate(
              new EdECPrivateKeySpec(
                  NamedParameterSpec.ED25519, Base64.getUrlDecoder().decode(key)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<byte[]> json(String... texts) {
    return Stream.of(texts)
        .map(text -> text.replace('\'', '"').getBytes(StandardCharsets.UTF_8))
        .toList();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }
}
