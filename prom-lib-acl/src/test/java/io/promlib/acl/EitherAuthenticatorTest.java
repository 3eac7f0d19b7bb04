package io.promlib.acl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.promlib.acl.AuthenticationException.Code;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class EitherAuthenticatorTest {

  private static final class CannotTell extends AclException {
    private static final long serialVersionUID = 1L;

    CannotTell() {
      super("the keys are not there");
    }
  }

  private static final Authenticator UNABLE =
      token -> {
        throw new CannotTell();
      };

  private static Authenticator accepting(String subject) {
    return token -> new Identity(subject, Policy.denyAll(), null);
  }

  private static Authenticator refusing(Code code) {
    return token -> {
      throw new AuthenticationException(code, code.wireName());
    };
  }

  @Test
  void whatTheFirstAcceptsTheOtherIsNotAskedFor() {
    AtomicInteger asked = new AtomicInteger();
    Authenticator counting =
        token -> {
          asked.incrementAndGet();
          return accepting("second").authenticate(token);
        };
    assertThat(accepting("first").or(counting).authenticate("x").subject()).isEqualTo("first");
    assertThat(asked).hasValue(0);
  }

  @Test
  void theOtherIsAskedWhenTheFirstRefusesOrCannotTell() {
    for (Code code : Code.values()) {
      assertThat(refusing(code).or(accepting("b")).authenticate("x").subject()).isEqualTo("b");
    }
    assertThat(UNABLE.or(accepting("b")).authenticate("x").subject()).isEqualTo("b");
  }

  @Test
  void theMoreTellingReasonIsTold() {
    List<Code> rising =
        List.of(Code.NO_TOKEN, Code.BAD_TOKEN, Code.JWT_INVALID, Code.TOKEN_EXPIRED);
    for (Code a : rising) {
      for (Code b : rising) {
        Code told = rising.indexOf(a) >= rising.indexOf(b) ? a : b;
        assertThatThrownBy(() -> refusing(a).or(refusing(b)).authenticate("x"))
            .isInstanceOfSatisfying(
                AuthenticationException.class, e -> assertThat(e.code()).isEqualTo(told));
      }
    }
  }

  @Test
  void ofTwoReasonsAlikeTheFirstIsTold() {
    Authenticator first = StaticTokenAuthenticator.of("the first token");
    assertThatThrownBy(() -> first.or(refusing(Code.BAD_TOKEN)).authenticate("x"))
        .hasMessage("the token is not the one expected: check it");
  }

  @Test
  void thatOneCannotTellOutweighsARefusal() {
    for (Code code : Code.values()) {
      assertThatThrownBy(() -> refusing(code).or(UNABLE).authenticate("x"))
          .isInstanceOf(CannotTell.class);
      assertThatThrownBy(() -> UNABLE.or(refusing(code)).authenticate("x"))
          .isInstanceOf(CannotTell.class);
    }
  }

  @Test
  void threeMayBeAskedInTurn() {
    Authenticator three =
        refusing(Code.BAD_TOKEN).or(refusing(Code.TOKEN_EXPIRED)).or(accepting("c"));
    assertThat(three.authenticate("x").subject()).isEqualTo("c");
  }
}
