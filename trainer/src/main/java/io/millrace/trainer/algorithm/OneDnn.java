package io.millrace.trainer.algorithm;

import ai.djl.Device;
import io.millrace.trainer.torchscript.TorchScriptArchive;
import io.millrace.trainer.torchscript.TorchScriptException;
import io.millrace.trainer.torchscript.TorchScriptModule;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What oneDNN, which libtorch has for CPUs, can do on this one. */
final class OneDnn {
  private static final Logger LOG = LoggerFactory.getLogger(OneDnn.class);
  private static final boolean WIDE_VECTORS = askWideVectors();

  private OneDnn() {}

  /**
   * Whether oneDNN has AVX-512 or the like: there it multiplies matrices faster than libtorch's own
   * library, and has products of bfloat16; elsewhere it is a little slower, and has none.
   */
  static boolean hasWideVectors() {
    return WIDE_VECTORS;
  }

  private static boolean askWideVectors() {
    var sources = Map.of("onednn", Program.source("onednn"));
    var archive = new TorchScriptArchive("onednn", "OneDnn", sources, Map.of());
    try (var module = TorchScriptModule.load(archive, Device.cpu())) {
      return module.flag("has_wide_vectors");
    } catch (TorchScriptException e) {
      LOG.info("This libtorch has no oneDNN, so it uses its own products: {}", e.getMessage());
      return false;
    }
  }
}
