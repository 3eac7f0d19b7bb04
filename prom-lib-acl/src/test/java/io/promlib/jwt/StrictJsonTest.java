package io.promlib.jwt;

import static io.promlib.jwt.Refusals.refused;
import static io.promlib.jwt.Tokens.SECRET;
import static io.promlib.jwt.Tokens.encode;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.promlib.acl.AuthenticationException.Code;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StrictJsonTest {

  @Test
  void namesThatCollideInAHashTableAreReadLikeAnyOthers() {
    // 33 * 'B' + 'a' is 33 * 'C' + '@', so that any mix of the two has one hash in the parser.
    String names =
        IntStream.range(0, 256)
            .mapToObj(StrictJsonTest::colliding)
            .map(name -> "\"" + name + "\":1")
            .collect(Collectors.joining(","));
    JwtVerifier verifier = JwtVerifier.builder().secret(SECRET).build();
    for (int i = 0; i < 3; i++) {
      String token = encode("{\"alg\":\"HS256\"," + names + "}") + ".e30.AA";
      refused(verifier, token, Code.JWT_INVALID).hasMessageStartingWith("signature: ");
    }
  }

  @Test
  @SuppressWarnings("ReferenceEquality") // is what is asked
  void namesThatATokenMakesUpAreNotKept() {
    byte[] json = ("{\"" + "n".repeat(6_000) + "\":1}").getBytes(StandardCharsets.UTF_8);
    assertThat(name(json) == name(json)).as("the same object").isFalse();
  }

  private static String name(byte[] json) {
    return StrictJson.object(json).map(JsonNode::fieldNames).orElseThrow().next();
  }

  private static String colliding(int bits) {
    return IntStream.range(0, 8)
        .mapToObj(i -> (bits >> i & 1) == 0 ? "Ba" : "C@")
        .collect(Collectors.joining());
  }
}
