package io.promlib.acl;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Policies as {@code {"rules": [{"effect", "action", "topics", "groups"?}]}}. */
final class PolicyJson {
  private static final int MOST_TOLD = 200;

  // A name given twice is refused: which of the two counts would be the reader's guess.
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .build();

  private PolicyJson() {}

  static JsonNode parse(String json) {
    try {
      return MAPPER.readTree(json);
    } catch (IOException e) {
      String first = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      String bounded = first.length() <= MOST_TOLD ? first : first.substring(0, MOST_TOLD) + "…";
      throw new IllegalArgumentException("the policy is no JSON: " + bounded, e);
    }
  }

  static List<Rule> read(JsonNode policy) {
    JsonNode nodes = policy.path("rules");
    if (!nodes.isArray()) {
      throw new IllegalArgumentException(
          "rules must be an array: write {\"rules\": [...]}, an empty one to allow nothing");
    }
    List<Rule> rules = new ArrayList<>(nodes.size());
    for (JsonNode node : nodes) {
      rules.add(Rule.at(rules.size(), () -> readRule(node)));
    }
    return rules;
  }

  static ObjectNode write(List<Rule> rules) {
    ObjectNode policy = JsonNodeFactory.instance.objectNode();
    ArrayNode nodes = policy.putArray("rules");
    for (Rule rule : rules) {
      ObjectNode node = nodes.addObject();
      node.put("effect", rule.effect().wireName());
      node.put("action", Action.format(rule.actions()));
      ArrayNode topics = node.putArray("topics");
      rule.topics().forEach(topic -> topics.add(topic.toString()));
      if (rule.groups() != null) {
        ArrayNode groups = node.putArray("groups");
        rule.groups().forEach(groups::add);
      }
    }
    return policy;
  }

  private static Rule readRule(JsonNode node) {
    refuseMisspeltGroups(node);
    Effect effect =
        Effect.parse(text(node, "effect"))
            .orElseThrow(() -> bad(node, "effect", "write allow or deny"));
    Set<Action> actions =
        Action.parse(text(node, "action"))
            .orElseThrow(() -> bad(node, "action", "write publish, subscribe or *"));
    List<String> topics = texts(node, "topics");
    return Rule.parse(effect, actions, topics, node.has("groups") ? texts(node, "groups") : null);
  }

  // Unknown fields are ignored, but this one would open to everyone what was meant for a few.
  private static void refuseMisspeltGroups(JsonNode rule) {
    for (String name : (Iterable<String>) rule::fieldNames) {
      if (name.toLowerCase(Locale.ROOT).startsWith("group") && !name.equals("groups")) {
        throw new IllegalArgumentException(
            "groups is misspelt as %s: write groups".formatted(Names.quoted(name)));
      }
    }
  }

  private static String text(JsonNode rule, String field) {
    JsonNode value = rule.path(field);
    return value.isTextual() ? value.textValue() : "";
  }

  private static List<String> texts(JsonNode rule, String field) {
    JsonNode values = rule.path(field);
    if (!values.isArray()) {
      throw bad(rule, field, "write an array of strings");
    }
    List<String> texts = new ArrayList<>(values.size());
    for (JsonNode value : values) {
      if (!value.isTextual()) {
        throw new IllegalArgumentException(
            "%s[%d] is no string: write an array of strings".formatted(field, texts.size()));
      }
      texts.add(value.textValue());
    }
    return texts;
  }

  private static IllegalArgumentException bad(JsonNode rule, String field, String mend) {
    @Nullable JsonNode value = rule.get(field);
    String found = value == null ? " is missing" : " is " + Names.quoted(value.toString());
    return new IllegalArgumentException(field + found + ": " + mend);
  }
}
