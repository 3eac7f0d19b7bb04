package io.promlib.testkit.fuzz;

import static io.promlib.testkit.fuzz.Odd.pick;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;

/**
 * Makes JSON texts out of good ones: with fields left out, doubled, renamed and moved, values of
 * other types, sizes and depths, then also with bytes changed, in other encodings, and plain noise.
 */
public final class JsonInputs implements Fuzz.Generator {
  private static final int[] DEPTHS = {2, 10, 195, 200, 205, 1200};

  private final List<byte[]> examples;
  private final List<Tree> trees;
  private final List<String> names;

  private JsonInputs(List<byte[]> examples) {
    this.examples = examples;
    trees = examples.stream().map(Tree::parse).toList();
    TreeSet<String> all = new TreeSet<>();
    trees.forEach(tree -> tree.inner().forEach(inner -> all.addAll(inner.names)));
    names = new ArrayList<>(all);
  }

  /** From texts that are good JSON, objects with fields as a rule. */
  public static JsonInputs from(List<byte[]> examples) {
    return new JsonInputs(examples);
  }

  @Override
  public byte[] next(Random random) {
    int way = random.nextInt(20);
    if (way == 0) {
      return Bytes.noise(random, 100);
    }
    if (way < 4) {
      return Bytes.mutate(pick(examples, random), examples, random);
    }
    byte[] made = changed(pick(trees, random).copy(), random).bytes(random);
    if (way == 4) {
      return Bytes.reencode(made, random);
    }
    return way < 7 ? Bytes.mutate(made, examples, random) : made;
  }

  private Tree changed(Tree tree, Random random) {
    Tree now = tree;
    for (int times = random.nextInt(4); times > 0; times--) {
      List<Tree> inner = now.inner();
      if (inner.isEmpty() || random.nextInt(100) == 0) {
        now = value(random, 0);
      } else {
        change(pick(inner, random), random);
      }
    }
    return now;
  }

  private void change(Tree within, Random random) {
    List<Tree> parts = within.parts;
    int at = parts.isEmpty() ? 0 : random.nextInt(parts.size());
    boolean object = within.kind == Tree.Kind.OBJECT;
    int what = parts.isEmpty() ? 0 : random.nextInt(7);
    switch (what) {
      case 0 -> {
        parts.add(at, value(random, 0));
        if (object) {
          within.names.add(at, name(random));
        }
      }
      case 1 -> {
        parts.remove(at);
        if (object) {
          within.names.remove(at);
        }
      }
      case 2 -> {
        parts.add(parts.get(at).copy());
        if (object) {
          within.names.add(within.names.get(at));
        }
      }
      case 3 -> {
        if (object) {
          within.names.set(at, name(random));
        }
      }
      case 4 -> parts.add(parts.remove(at));
      default -> parts.set(at, value(random, 0));
    }
  }

  private String name(Random random) {
    return names.isEmpty() || random.nextInt(4) == 0 ? Odd.string(random) : pick(names, random);
  }

  private Tree value(Random random, int depth) {
    int kind = random.nextInt(depth > 3 ? 6 : 10);
    return switch (kind) {
      case 0 -> Tree.leaf("null");
      case 1 -> Tree.leaf(random.nextBoolean() ? "true" : "false");
      case 2, 3 -> Tree.leaf(Odd.number(random));
      case 4, 5 -> Tree.leaf(Tree.quoted(Odd.string(random)));
      case 6 -> deep(random);
      default -> {
        Tree made = kind == 7 ? Tree.array() : Tree.object();
        for (int i = random.nextInt(4); i > 0; i--) {
          made.parts.add(value(random, depth + 1));
          made.names.add(name(random));
        }
        yield made;
      }
    };
  }

  private static Tree deep(Random random) {
    int depth = DEPTHS[random.nextInt(DEPTHS.length)];
    return random.nextBoolean()
        ? Tree.leaf("[".repeat(depth) + "]".repeat(depth))
        : Tree.leaf("{\"a\":".repeat(depth) + "1" + "}".repeat(depth));
  }
}
