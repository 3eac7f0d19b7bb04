package io.promlib.mongo.cluster;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The runs of a group's handlers in the order in which they began, and what must hold of them. */
final class Executions {
  private final List<Execution> all = new ArrayList<>();

  private Executions() {}

  static Executions of(String group, List<Note> notes) {
    Executions executions = new Executions();
    Map<String, Execution> byRun = new HashMap<>();
    Map<String, List<Execution>> byProcess = new HashMap<>();
    for (int line = 0; line < notes.size(); line++) {
      Note note = notes.get(line);
      int position = line;
      if (note.kind() == Note.Kind.KILLED) {
        byProcess
            .getOrDefault(note.word(0), List.of())
            .forEach(execution -> execution.killed(position));
      } else if (note.kind() != Note.Kind.PUBLISHED && note.word(0).equals(group)) {
        String run = note.who() + "/" + note.word(1);
        if (note.kind() == Note.Kind.BEGAN) {
          Execution begun = new Execution(note, position);
          executions.all.add(begun);
          byRun.put(run, begun);
          byProcess.computeIfAbsent(note.who(), who -> new ArrayList<>()).add(begun);
        } else {
          executions.told(note, byRun.get(run), position);
        }
      }
    }
    return executions;
  }

  private void told(Note note, Execution execution, int position) {
    switch (note.kind()) {
      case LATE -> execution.late();
      case ACKING -> execution.acking(position);
      case ACKED -> execution.acked(position, note.word(2));
      default -> throw new IllegalArgumentException("out of place: " + note);
    }
  }

  List<Execution> all() {
    return List.copyOf(all);
  }

  /** How many runs were not the first of their event. */
  int redelivered() {
    return all.size() - (int) all.stream().map(Execution::seq).distinct().count();
  }

  /** The positions whose handlers came to their ack at least once. */
  Set<Long> done() {
    Set<Long> done = new HashSet<>();
    all.stream().filter(Execution::isDone).forEach(execution -> done.add(execution.seq()));
    return done;
  }

  /** Runs that began when an ack of their event had been told to be durable. */
  List<String> startedAgain() {
    List<String> wrong = new ArrayList<>();
    Map<Long, List<Execution>> earlier = new HashMap<>();
    for (Execution execution : all) {
      List<Execution> same = earlier.computeIfAbsent(execution.seq(), seq -> new ArrayList<>());
      for (Execution before : same) {
        if (execution.held() && before.isDurableAt(execution.began())) {
          wrong.add(execution + " after " + before);
        }
      }
      same.add(execution);
    }
    return wrong;
  }

  /**
   * Runs that break the order of their key: the first of an event that began before the first of an
   * earlier one, or any that began while another of the key was at work. Runs that lost their lease
   * count for nothing.
   */
  List<String> outOfTurn() {
    List<String> wrong = new ArrayList<>();
    Map<String, List<Execution>> byKey = new HashMap<>();
    all.stream()
        .filter(Execution::held)
        .forEach(one -> byKey.computeIfAbsent(one.key(), key -> new ArrayList<>()).add(one));
    for (List<Execution> ofKey : byKey.values()) {
      long highest = 0;
      Set<Long> seen = new HashSet<>();
      for (int i = 0; i < ofKey.size(); i++) {
        Execution execution = ofKey.get(i);
        for (Execution before : ofKey.subList(0, i)) {
          if (before.isAtWork(execution.began())) {
            wrong.add(execution + " while " + before);
          }
        }
        if (seen.add(execution.seq()) && execution.seq() < highest) {
          wrong.add(execution + " after seq " + highest);
        }
        highest = Math.max(highest, execution.seq());
      }
    }
    return wrong;
  }
}
