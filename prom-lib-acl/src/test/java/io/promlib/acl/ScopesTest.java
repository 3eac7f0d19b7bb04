package io.promlib.acl;

import static io.promlib.acl.Action.PUBLISH;
import static io.promlib.acl.Action.SUBSCRIBE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScopesTest {

  @Test
  void aScopeAllowsItsActionOnItsPattern() {
    Policy policy = Scopes.policy(List.of("publish:heartbeat.*", "subscribe:process.**"));
    assertThat(policy)
        .isEqualTo(Policy.allow(PUBLISH, "heartbeat.*").allow(SUBSCRIBE, "process.**").build());
  }

  @Test
  void aScopeIsForEveryGroupAndForReadersWithoutOne() {
    Policy policy = Scopes.policy(List.of("subscribe:process.**"));
    assertThat(policy.allowsSubscribe("process.state", "any")).isTrue();
    assertThat(policy.allowsRead("process.state")).isTrue();
  }

  @Test
  void aStarIsBothActions() {
    assertThat(Scopes.policy(List.of("*:a.b"))).isEqualTo(Policy.allow(Action.ANY, "a.b").build());
  }

  @Test
  void noPatternMeansEveryTopic() {
    assertThat(Scopes.policy(List.of("publish"))).isEqualTo(Policy.allow(PUBLISH, "**").build());
    assertThat(Scopes.policy("*")).isEqualTo(Policy.allowAll());
  }

  @Test
  void noScopesAllowNothing() {
    assertThat(Scopes.policy(List.of())).isEqualTo(Policy.denyAll());
    assertThat(Scopes.policy("")).isEqualTo(Policy.denyAll());
  }

  @Test
  void anOauthScopeIsSplitAtSpaces() {
    assertThat(Scopes.policy(" publish:a  subscribe:b "))
        .isEqualTo(Scopes.policy(List.of("publish:a", "subscribe:b")));
  }

  @Test
  void wordsOfAnOauthScopeThatAreNoScopeGrantNothing() {
    assertThat(
            Scopes.policy(
                "openid read:users publish: publish:a..b publish:a* Publish:x :a publish:a:b :"
                    + " subscribe:b\tpublish:c subscribe:ok"))
        .isEqualTo(Policy.allow(SUBSCRIBE, "ok").build());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "openid", "read:users", "Publish:a", ":a", " publish:a"})
  void anEntryThatNamesNoActionIsRefusedByItsPosition(String scope) {
    assertThatThrownBy(() -> Scopes.policy(List.of("publish:a", scope)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "scopes[1] \"%s\": begin with publish, subscribe or *, then a colon and a pattern"
                .formatted(scope));
  }

  @Test
  void anEntryWithABadPatternIsRefusedByItsPosition() {
    assertThatThrownBy(() -> Scopes.policy(List.of("publish:a", "publish:a..b")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("scopes[1] \"publish:a..b\": segment 2 of the pattern");
  }

  @Test
  void aForgottenPatternDoesNotOpenEverything() {
    assertThatThrownBy(() -> Scopes.policy(List.of("publish:")))
        .hasMessageStartingWith("scopes[0] \"publish:\": the pattern is empty");
    assertThat(Scopes.policy("publish:").allows(PUBLISH, "a")).isFalse();
  }
}
