package io.millrace.trainer.torchscript;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;

/**
 * A loaded {@link TorchScriptArchive}: its methods can be called with tensors of the module's
 * manager. Owns the native module; not thread-safe.
 */
public final class TorchScriptModule implements AutoCloseable {
  private final String name;
  private final Model model;
  private final PtSymbolBlock block;

  private TorchScriptModule(String name, Model model) {
    this.name = name;
    this.model = model;
    this.block = (PtSymbolBlock) model.getBlock();
  }

  /**
   * Compiles an archive's source for a device.
   *
   * @throws TorchScriptException with libtorch's words on the place in the source, if it does not
   *     compile
   */
  public static TorchScriptModule load(TorchScriptArchive archive, Device device) {
    Model model = Model.newInstance(archive.qualifiedName(), device, "PyTorch");
    try {
      model.load(new ByteArrayInputStream(archive.bytes()));
      return new TorchScriptModule(archive.qualifiedName(), model);
    } catch (IOException | MalformedModelException | EngineException e) {
      model.close();
      throw new TorchScriptException(
          archive.qualifiedName() + " does not compile: " + e.getMessage(), e);
    }
  }

  /** Owner of whatever lives as long as the module. */
  public PtNDManager manager() {
    return (PtNDManager) model.getNDManager();
  }

  /**
   * Calls a method. The caller closes the result; the arguments stay the caller's.
   *
   * @throws TorchScriptException if there is no such method, an argument does not fit, or it fails
   */
  public IValue call(String method, IValue... arguments) {
    try {
      return IValueUtils.runMethod(block, method, arguments);
    } catch (EngineException e) {
      throw new TorchScriptException(name + "." + method + " failed: " + e.getMessage(), e);
    }
  }

  /** A {@code List[Tensor]} argument; the tensors stay the caller's. */
  public static IValue tensors(List<NDArray> tensors) {
    return IValue.listFrom(tensors.stream().map(PtNDArray.class::cast).toArray(PtNDArray[]::new));
  }

  @Override
  public void close() {
    model.close();
  }
}
