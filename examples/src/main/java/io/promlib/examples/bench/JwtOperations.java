package io.promlib.examples.bench;

import com.sun.net.httpserver.HttpServer;
import io.promlib.jwt.JwtVerifier;
import io.promlib.jwt.JwtVerifierBuilder;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.function.BooleanSupplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** The same token again and again, with and without a memory of those seen before. */
final class JwtOperations {
  private static final Instant NOW = Instant.ofEpochSecond(1_700_000_000);
  private static final String SECRET = "a secret of thirty-two bytes, and more";

  private JwtOperations() {}

  static BooleanSupplier hs256(boolean remembers) throws Exception {
    String input = input("{\"alg\":\"HS256\",\"typ\":\"JWT\"}");
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(SECRET.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
    byte[] signature = mac.doFinal(input.getBytes(StandardCharsets.US_ASCII));
    return verifying(JwtVerifier.builder().secret(SECRET), remembers, input, signature);
  }

  static BooleanSupplier es256(boolean remembers) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    KeyPair pair = generator.generateKeyPair();
    String input = input("{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"a\"}");
    Signature signer = Signature.getInstance("SHA256withECDSAinP1363Format");
    signer.initSign(pair.getPrivate());
    signer.update(input.getBytes(StandardCharsets.US_ASCII));
    URI url = serve(jwks((ECPublicKey) pair.getPublic()));
    return verifying(JwtVerifier.builder().jwksUrl(url), remembers, input, signer.sign());
  }

  private static BooleanSupplier verifying(
      JwtVerifierBuilder builder, boolean remembers, String input, byte[] signature) {
    InstantSource clock = InstantSource.fixed(NOW);
    JwtVerifier verifier = builder.clock(clock).cacheSize(remembers ? 10_000 : 0).build();
    String token = input + "." + encode(signature);
    return () -> verifier.authenticate(token).subject().equals("ann");
  }

  private static String input(String header) {
    String claims =
        "{\"sub\":\"ann\",\"iss\":\"https://issuer\",\"iat\":%d,\"exp\":%d,\"scopes\":[%s]}"
            .formatted(
                NOW.getEpochSecond(),
                NOW.getEpochSecond() + 3_600,
                "\"publish:heartbeat.received\",\"subscribe:process.**\"");
    return encode(header.getBytes(StandardCharsets.UTF_8))
        + "."
        + encode(claims.getBytes(StandardCharsets.UTF_8));
  }

  private static String jwks(ECPublicKey key) {
    return "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"a\",\"x\":\"%s\",\"y\":\"%s\"}]}"
        .formatted(number(key.getW().getAffineX()), number(key.getW().getAffineY()));
  }

  private static String number(BigInteger coordinate) {
    byte[] digits = new byte[32];
    byte[] signed = coordinate.toByteArray();
    int length = Math.min(32, signed.length);
    System.arraycopy(signed, signed.length - length, digits, 32 - length, length);
    return encode(digits);
  }

  private static URI serve(String jwks) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
    byte[] body = jwks.getBytes(StandardCharsets.UTF_8);
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
          }
        });
    server.start();
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/jwks.json");
  }

  private static String encode(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
