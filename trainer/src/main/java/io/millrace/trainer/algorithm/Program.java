package io.millrace.trainer.algorithm;

import io.millrace.trainer.torchscript.TorchScriptArchive;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An algorithm as libtorch runs it: the TorchScript files, the values of its class's attributes,
 * and the state that its {@code update} method works on.
 *
 * @param file of the class, a resource of this package
 * @param className the class
 * @param fragments the further files that it calls
 * @param attributes hyper-parameters and sizes, by the names in the class
 * @param state layout and first values
 * @param policy name of the state tensor that holds the policy's layers
 */
record Program(
    String file,
    String className,
    List<String> fragments,
    Map<String, Object> attributes,
    StateLayout state,
    String policy) {

  /** The program of an algorithm for given networks, with the initial parameters of a seed. */
  static Program of(LearnerSpec spec, Execution execution) {
    if (spec.algorithm() instanceof CqlSac cqlSac) {
      return CqlSacProgram.of(cqlSac, spec, execution);
    }
    throw new IllegalArgumentException("no program for " + spec.algorithm().name());
  }

  /** The archive, with the matrix products of a platform. */
  TorchScriptArchive archive(Execution execution) {
    var sources = new LinkedHashMap<String, String>();
    sources.put("linear", source(execution.oneDnn() ? "linear_onednn" : "linear_aten"));
    for (String fragment : fragments) {
      sources.put(fragment, source(fragment));
    }
    sources.put(file, source(file));
    return new TorchScriptArchive(file, className, sources, attributes);
  }

  private static String source(String name) {
    try (InputStream in = Program.class.getResourceAsStream(name + ".py")) {
      if (in == null) {
        throw new IllegalStateException("no resource " + name + ".py beside " + Program.class);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read resource " + name + ".py", e);
    }
  }
}
