package io.millrace.config;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** A YAML text as a tree of lines and values; scalars stay the text that was written. */
final class YamlFile {
  /** A value (String, List or Map of such) and its line, from 1. */
  record Entry(Object value, int line) {}

  private final String name;
  private final Map<String, Entry> entries = new LinkedHashMap<>();
  private final List<Problem> problems = new ArrayList<>();

  private YamlFile(String name) {
    this.name = name;
  }

  /**
   * @param name of the file, for messages
   * @param leaves keys whose value is a map, not a section
   */
  static YamlFile parse(String name, String yaml, Set<String> leaves) {
    var file = new YamlFile(name);
    try {
      var settings = LoadSettings.builder().setLabel(name).setAllowDuplicateKeys(true).build();
      new Compose(settings)
          .composeString(yaml)
          .ifPresent(
              root -> {
                if (root instanceof MappingNode mapping) {
                  file.addSection("", mapping, leaves);
                } else {
                  file.problems.add(
                      new Problem(name + ":" + line(root), "expected sections such as 'stream:'"));
                }
              });
    } catch (MarkedYamlEngineException e) {
      int line = e.getProblemMark().map(Mark::getLine).orElse(0) + 1;
      file.problems.add(new Problem(name + ":" + line, "not YAML: " + e.getProblem()));
    } catch (YamlEngineException e) {
      file.problems.add(new Problem(name, "not YAML: " + e.getMessage()));
    }
    return file;
  }

  Map<String, Entry> entries() {
    return entries;
  }

  List<Problem> problems() {
    return problems;
  }

  String place(String key) {
    return Optional.ofNullable(entries.get(key))
        .map(entry -> name + ":" + entry.line() + ": " + key)
        .orElse(name + ": " + key);
  }

  private void addSection(String prefix, MappingNode section, Set<String> leaves) {
    Set<String> seen = new HashSet<>();
    for (var tuple : section.getValue()) {
      var key =
          prefix + (tuple.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "?");
      int line = line(tuple.getKeyNode());
      if (!seen.add(key)) {
        problems.add(new Problem(name + ":" + line + ": " + key, "written twice"));
      } else if (tuple.getValueNode() instanceof MappingNode mapping && !leaves.contains(key)) {
        addSection(key + ".", mapping, leaves);
      } else {
        entries.put(key, new Entry(value(tuple.getValueNode()), line));
      }
    }
  }

  private static Object value(Node node) {
    if (node instanceof ScalarNode scalar) {
      return scalar.getValue();
    }
    if (node instanceof SequenceNode sequence) {
      return sequence.getValue().stream().map(YamlFile::value).toList();
    }
    Map<String, Object> map = new LinkedHashMap<>();
    if (node instanceof MappingNode mapping) {
      mapping
          .getValue()
          .forEach(
              tuple ->
                  map.put(
                      tuple.getKeyNode() instanceof ScalarNode key ? key.getValue() : "?",
                      value(tuple.getValueNode())));
    }
    return map;
  }

  private static int line(Node node) {
    return node.getStartMark().map(Mark::getLine).orElse(0) + 1;
  }
}
