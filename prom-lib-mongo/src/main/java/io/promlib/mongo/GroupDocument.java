package io.promlib.mongo;

import io.promlib.PromException;
import io.promlib.store.Claim;
import io.promlib.store.GroupKey;
import io.promlib.store.GroupState;
import io.promlib.store.GroupStore.Version;
import io.promlib.store.GroupStore.Versioned;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bson.Document;
import org.bson.RawBsonDocument;
import org.bson.codecs.DocumentCodec;
import org.bson.types.Binary;

/** A group as a document: what people ask for in fields, what changes with every event packed. */
final class GroupDocument {
  /** What a document of a group may have at most. */
  static final int MAX_BYTES = 64 << 10;

  /* The fields that stay in the document while others are written: its id and the event at the floor. */
  private static final int KEPT_BYTES = 1 << 10;

  /** The fields that some groups have and others do not. */
  static final List<String> OPTIONAL = List.of("filter", "expireAfter", "expires");

  private static final int NAMED_CLAIMS = 16;
  private static final DocumentCodec CODEC = new DocumentCodec();

  private GroupDocument() {}

  static String id(GroupKey group) {
    return prefix(group.topic()) + group.group();
  }

  /** What the ids of all groups of the topic begin with, and no other. */
  static String prefix(String topic) {
    return topic + "::";
  }

  /** Behind the ids of all groups of the topic, and before those of the next. */
  static String behind(String topic) {
    return topic + ":;";
  }

  static GroupKey key(String id) {
    int colons = id.indexOf("::");
    if (colons < 0) {
      throw new PromException(
          "the cursors hold '" + id + "', which is no topic::group: take it out");
    }
    return new GroupKey(id.substring(0, colons), id.substring(colons + 2));
  }

  /**
   * All fields but the id.
   *
   * @throws PromException if the document would be too large
   */
  static Document fields(GroupKey group, GroupState state, Version version) {
    Document fields =
        new Document("topic", group.topic())
            .append("group", group.group())
            .append("seq", state.floor())
            .append("next", state.next())
            .append("version", new Document("n", version.count()).append("r", version.random()))
            .append("seen", state.seen())
            .append("skipped", state.skipped())
            .append("seeks", state.seeks())
            .append("claims", summary(state));
    SettingsFields.put(state.settings(), fields);
    if (state.expiresAt() != Long.MAX_VALUE) {
      fields.append("expires", state.expiresAt());
    }
    Work work = new Work(state.claims(), state.waiting(), state.slots());
    fields.append("work", new Binary(work.toBytes()));
    int bytes = new RawBsonDocument(fields, CODEC).getByteBuffer().remaining();
    if (bytes > MAX_BYTES - KEPT_BYTES) {
      throw new PromException(
          "group "
              + group
              + " was not written: its state takes "
              + bytes
              + " bytes and may take "
              + (MAX_BYTES - KEPT_BYTES)
              + "; it has "
              + state.claims().size()
              + " claims and "
              + state.unfinished()
              + " unfinished events");
    }
    return fields;
  }

  /** Of each process what it holds, for people; the store reads the packed claims. */
  private static List<Document> summary(GroupState state) {
    Map<String, Document> owners = new LinkedHashMap<>();
    for (Claim claim : state.claims()) {
      Document known = owners.get(claim.owner());
      if (known == null && owners.size() == NAMED_CLAIMS) {
        continue;
      }
      long until = known == null ? claim.until() : Math.max(known.getLong("until"), claim.until());
      long size = claim.size() + (known == null ? 0 : known.getLong("size"));
      owners.put(
          claim.owner(),
          new Document("owner", claim.owner()).append("until", until).append("size", size));
    }
    return new ArrayList<>(owners.values());
  }

  /**
   * What the document says.
   *
   * @throws PromException if a later version wrote it, or it is damaged
   */
  static Versioned read(Document stored) {
    String id = String.valueOf(stored.get("_id"));
    try {
      Work work = Work.of(Fields.bytes(stored, "work"));
      Document version = Fields.document(stored, "version");
      GroupState state =
          new GroupState(
              SettingsFields.read(stored),
              Fields.number(stored, "next"),
              work.claims(),
              work.waiting(),
              (int) Fields.number(stored, "seeks"),
              Fields.number(stored, "skipped"),
              Fields.number(stored, "seen"),
              work.slots());
      return new Versioned(
          state, new Version(Fields.number(version, "n"), Fields.number(version, "r")));
    } catch (Work.UnknownFormatException e) {
      throw new PromException(
          "group " + id + " was written by a later version: " + e.getMessage() + "; update it", e);
    } catch (RuntimeException e) {
      throw new PromException(
          "group " + id + " cannot be read, its document is damaged: " + e.getMessage(), e);
    }
  }
}
