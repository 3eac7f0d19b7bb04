package io.promlib.acl;

import static io.promlib.acl.Action.PUBLISH;
import static io.promlib.acl.Action.SUBSCRIBE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PolicyJsonTest {

  private static final String JSON =
      """
      {"rules":[\
      {"effect":"deny","action":"*","topics":["internal.**"]},\
      {"effect":"allow","action":"publish","topics":["heartbeat.*","a"]},\
      {"effect":"allow","action":"subscribe","topics":["**"],"groups":["g","*"]}]}""";

  private static final Policy POLICY =
      Policy.deny(Action.ANY, "internal.**")
          .allow(PUBLISH, "heartbeat.*", "a")
          .allow(SUBSCRIBE, "**")
          .groups("g", "*")
          .build();

  @Test
  void aPolicyIsReadFromJson() {
    assertThat(Policy.fromJson(JSON)).isEqualTo(POLICY).hasSameHashCodeAs(POLICY);
  }

  @Test
  void aPolicyIsReadFromATree() throws Exception {
    assertThat(Policy.fromJson(new JsonMapper().readTree(JSON))).isEqualTo(POLICY);
  }

  @Test
  void aPolicyIsWrittenAsJson() {
    assertThat(POLICY.toJson()).isEqualTo(JSON);
    assertThat(POLICY).hasToString("Policy" + JSON);
  }

  @Test
  void everyPolicyComesBackEqual() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int i = 0; i < 1_000; i++) {
      Policy policy = Policy.of(RandomPolicies.rules(random, 8));
      assertThat(Policy.fromJson(policy.toJson())).as("seed %d", seed).isEqualTo(policy);
    }
  }

  @Test
  void noRulesAllowNothing() {
    assertThat(Policy.fromJson("{\"rules\":[]}")).isEqualTo(Policy.denyAll());
    assertThat(Policy.denyAll().toJson()).isEqualTo("{\"rules\":[]}");
  }

  @Test
  void unknownFieldsAreIgnored() {
    String json =
        """
        {"version": 2, "rules": [
          {"effect": "allow", "action": "publish", "topics": ["a"], "comment": "x"}]}""";
    assertThat(Policy.fromJson(json)).isEqualTo(Policy.allow(PUBLISH, "a").build());
  }

  @ParameterizedTest
  @ValueSource(strings = {"group", "Groups", "GROUP"})
  void aMisspeltGroupsFieldIsRefusedRatherThanIgnored(String name) {
    String rule =
        """
        {"effect": "allow", "action": "subscribe", "topics": ["a"], "%s": ["g"]}"""
            .formatted(name);
    assertThatThrownBy(() -> Policy.fromJson("{\"rules\":[" + rule + "]}"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("rules[0].groups is misspelt as \"" + name + "\": write groups");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '~',
      value = {
        "{}; effect is missing: write allow or deny",
        "7; effect is missing",
        "{'effect':'permit'}; effect is \"'permit'\": write allow or deny",
        "{'effect':true}; effect is \"true\": write allow or deny",
        "{'effect':'allow'}; action is missing: write publish, subscribe or *",
        "{'effect':'allow','action':'read'}; action is \"'read'\": write publish, subscribe or *",
        "{'effect':'allow','action':['publish']}; action is \"['publish']\": write publish",
        "{'effect':'allow','action':'*'}; topics is missing: write an array of strings",
        "{'effect':'allow','action':'*','topics':'a'}; topics is \"'a'\": write an array",
        "{'effect':'allow','action':'*','topics':[]}; topics is empty: name a pattern",
        "{'effect':'allow','action':'*','topics':['a',1]}; topics[1] is no string: write an array",
        "{'effect':'allow','action':'*','topics':['a','b*']}; topics[1]: segment 1 of the pattern",
        "{'effect':'allow','action':'*','topics':['a'],'groups':'g'}; groups is \"'g'\": write an",
        "{'effect':'allow','action':'*','topics':['a'],'groups':null}; groups is \"null\": ",
        "{'effect':'allow','action':'*','topics':['a'],'groups':[]}; groups is empty: name a group",
        "{'effect':'allow','action':'*','topics':['a'],'groups':['']}; groups[0] \"\" is no",
      })
  void aBadRuleIsRefusedByPositionAndField(String rule, String message) {
    String good = "{\"effect\":\"deny\",\"action\":\"*\",\"topics\":[\"a\"]}";
    String json = "{\"rules\":[" + good + "," + rule.replace('\'', '"') + "]}";
    assertThatThrownBy(() -> Policy.fromJson(json))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("rules[1]." + message.replace('\'', '"'));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{}", "null", "[]", "{\"rules\":null}", "{\"rules\":{}}"})
  void withoutAnArrayOfRulesThereIsNoPolicy(String json) {
    assertThatThrownBy(() -> Policy.fromJson(json))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("rules must be an array: write {\"rules\": [...]}");
  }

  @Test
  void aLongNameGivenTwiceIsNotRepeatedWhole() {
    String name = "n".repeat(5_000);

    assertThatThrownBy(() -> Policy.fromJson("{\"%s\":1,\"%s\":2}".formatted(name, name)))
        .isInstanceOf(IllegalArgumentException.class)
        .satisfies(refused -> assertThat(refused.getMessage()).hasSizeLessThan(300));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"{", "{\"rules\":[]} x", "{\"rules\":[],\"rules\":[]}", "{rules:[]}", "\u0000"})
  void whatIsNoJsonIsRefused(String json) {
    assertThatThrownBy(() -> Policy.fromJson(json))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("the policy is no JSON: ")
        .hasMessageNotContaining("\n");
  }

  @Test
  void rulesAreGivenInTheirOrder() {
    assertThat(POLICY.rules().stream().map(Rule::effect))
        .isEqualTo(List.of(Effect.DENY, Effect.ALLOW, Effect.ALLOW));
  }
}
