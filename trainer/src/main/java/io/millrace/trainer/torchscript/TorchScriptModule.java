package io.millrace.trainer.torchscript;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
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
  public NDManager manager() {
    return model.getNDManager();
  }

  /** Whether a call may take gradients. */
  public enum Gradients {
    /** {@code torch.autograd.grad} works; every operation is recorded where it is asked for. */
    BY_AUTOGRAD,
    /** Nothing is recorded, which is faster. */
    NONE
  }

  /**
   * Calls a method. The arguments stay the caller's; the result belongs to the manager of the first
   * argument.
   *
   * @param arguments single tensors, and lists as {@link #list} makes them, in the method's order
   * @return the returned tensor, or tensors of the returned list
   * @throws TorchScriptException if there is no such method, an argument does not fit, or it fails
   */
  public NDList call(String method, Gradients gradients, List<NDList> arguments) {
    var all = new NDList();
    arguments.forEach(all::addAll);
    // The profiling executor rewrites a method after its first runs, which takes a second, gains
    // nothing
    // here, and would let a resumed run differ from one that went on. The switch is the thread's.
    JniUtils.setGraphExecutorOptimize(false);
    try (NDManager scope = manager().newSubManager(Device.cpu())) {
      // DJL takes the name of a method from the name of an array, which is no argument itself. On a
      // GPU its creation would wait for the device.
      NDArray methodName = scope.create(0);
      methodName.setName("module_method:" + method);
      all.add(methodName);
      return IValueUtils.forward(block, all, gradients == Gradients.BY_AUTOGRAD);
    } catch (EngineException e) {
      throw new TorchScriptException(name + "." + method + " failed: " + e.getMessage(), e);
    }
  }

  /** The truth value that a method without arguments returns. */
  public boolean flag(String method) {
    try (IValue flag = IValueUtils.runMethod(block, method)) {
      return flag.toBoolean();
    } catch (EngineException e) {
      throw new TorchScriptException(name + "." + method + " failed: " + e.getMessage(), e);
    }
  }

  /** Strings that a method without arguments returns. */
  public List<String> strings(String method) {
    try (IValue list = IValueUtils.runMethod(block, method)) {
      var strings = new ArrayList<String>();
      for (IValue string : list.toIValueArray()) {
        try (string) {
          strings.add(string.toStringValue());
        }
      }
      return strings;
    } catch (EngineException e) {
      throw new TorchScriptException(name + "." + method + " failed: " + e.getMessage(), e);
    }
  }

  /**
   * An argument of type {@code List[Tensor]}. Names the tensors, since DJL groups them by name.
   *
   * @param name another one for each list of a call, of letters
   */
  public static NDList list(String name, List<NDArray> tensors) {
    var list = new NDList(tensors);
    list.forEach(tensor -> tensor.setName(name + "[]"));
    return list;
  }

  @Override
  public void close() {
    model.close();
  }
}
